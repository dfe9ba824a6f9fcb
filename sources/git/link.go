package git

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// platforms are what Options.Platform may name, besides auto.
func platforms() []string {
	return []string{"github", "gitlab", "azuredevops", "gitea", "bitbucket"}
}

func (o *Options) checkPlatform() error {
	if o.Platform == "" || o.Platform == "auto" || o.Platform == "none" || slices.Contains(platforms(), o.Platform) {
		return nil
	}
	return fmt.Errorf("--platform %s: use one of %s, or none", quote(o.Platform), strings.Join(platforms(), ", "))
}

// A linker writes the links of findings to where the remote repository shows them.
// The zero value writes none.
type linker struct{ platform, base string }

// newLinker returns the linker for the remote that is called origin. What its
// address holds is somebody's to choose: a link is https, to a host, and without a
// user's name or password.
func (b *base) newLinker() linker {
	if b.opts.Platform == "" || b.opts.Platform == "none" {
		return linker{}
	}
	entries, _ := b.repo.Config()
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Name() != "remote.origin.url" {
			continue
		}
		host, path, ok := remotePlace(entries[i].Value)
		if !ok {
			return linker{}
		}
		platform := b.opts.Platform
		if platform == "auto" {
			platform = platformOf(host)
		}
		address := url.URL{Scheme: "https", Host: host, Path: "/" + path}
		return linker{platform, address.String()}
	}
	return linker{}
}

// remotePlace returns the host and the path of a remote's address: that of a URL, or
// of git's short form, git@host:path.
func remotePlace(address string) (host, path string, ok bool) {
	if !strings.Contains(address, "://") {
		user, rest, short := strings.Cut(address, ":")
		if !short || strings.ContainsAny(user, `/\`) || strings.HasPrefix(rest, ":") { // "ext::" names a program
			return "", "", false
		}
		_, host, _ = strings.Cut("@"+user, "@")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		path = rest
	} else {
		u, err := url.Parse(address)
		if err != nil || !slices.Contains([]string{"https", "http", "ssh", "git"}, u.Scheme) {
			return "", "", false
		}
		host, path = u.Host, u.Path
		if u.Scheme == "ssh" || u.Scheme == "git" {
			host = u.Hostname() // its port is not that of the pages
		}
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	named := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-:", r)
	}
	bad := strings.ContainsFunc(host, func(r rune) bool { return !named(r) }) || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' })
	return host, path, host != "" && path != "" && !bad
}

// platformOf is what is known of a host.
func platformOf(host string) string {
	switch host = strings.ToLower(host); {
	case host == "github.com":
		return "github"
	case host == "gitlab.com":
		return "gitlab"
	case host == "dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com"):
		return "azuredevops"
	case host == "gitea.com" || host == "codeberg.org":
		return "gitea"
	case host == "bitbucket.org":
		return "bitbucket"
	}
	return ""
}

// link returns the link to the lines of a finding, or nothing.
func (l linker) link(f *mudlark.Finding) string {
	o, p := &f.Origin, &f.Position
	if l.platform == "" || o.Commit == nil || o.Path == "" || o.Part != "" {
		return ""
	}
	path, _, inner := strings.Cut(o.Path, "!")
	lines := ""
	start, end := max(p.StartLine, 1), max(p.EndLine, p.StartLine, 1)
	if inner { // of an archive's member no page shows a line
		start = 0
	}
	if start > 0 {
		lines = l.lines(start, end)
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	switch l.platform {
	case "github", "gitlab":
		return l.base + "/blob/" + o.Commit.ID + "/" + escaped + lines
	case "gitea":
		return l.base + "/src/commit/" + o.Commit.ID + "/" + escaped + lines
	case "bitbucket":
		return l.base + "/src/" + o.Commit.ID + "/" + escaped + lines
	}
	out := l.base + "/commit/" + o.Commit.ID + "?path=/" + url.QueryEscape(path)
	if start == 0 {
		return out
	}
	return out + fmt.Sprintf("&line=%d&lineEnd=%d&lineStartColumn=%d&lineEndColumn=%d&type=2&lineStyle=plain&_a=files", start, end, p.StartColumn, p.EndColumn)
}

func (l linker) lines(start, end int) string {
	one := start == end
	switch {
	case l.platform == "bitbucket" && one:
		return fmt.Sprintf("#lines-%d", start)
	case l.platform == "bitbucket":
		return fmt.Sprintf("#lines-%d:%d", start, end)
	case l.platform == "azuredevops":
		return ""
	case one:
		return fmt.Sprintf("#L%d", start)
	case l.platform == "gitlab":
		return fmt.Sprintf("#L%d-%d", start, end)
	}
	return fmt.Sprintf("#L%d-L%d", start, end)
}
