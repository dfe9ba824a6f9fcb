package verifiers

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An installation is a server that anybody may run.
type installation struct {
	base    *url.URL // https, without a slash at its end
	guessed bool     // the content says that it is this one, and not the user
	sure    bool     // nothing near by says that it is another one: its No counts
}

// installationOf returns the server that a credential is for: the user's, or
// what the match of the rule part near by says, or the only one that the line
// names.
func installationOf(c Credential, part string) (in installation, err error) {
	near, hosts := c.Parts[part], hostsIn(c.Line)
	var base string
	switch {
	case c.Endpoint != "":
		base = c.Endpoint
		in.sure = near == "" || sameHost(near, base)
	case near != "":
		in.guessed, in.sure = true, true
		if base, err = serverAddress(near); err != nil {
			return in, err
		}
	case len(hosts) == 1:
		in.guessed, in.sure = true, true
		base = "https://" + hosts[0]
	case len(hosts) > 1:
		return in, lacks("several hosts stand near it: name its own with --endpoint %s=URL", c.Rule.EndpointName())
	default:
		return in, lacks("only you know its host: name it with --endpoint %s=URL", c.Rule.EndpointName())
	}
	if in.base, err = url.Parse(base); err != nil {
		return in, errNoAddress
	}
	return in, nil
}

func sameHost(a, b string) bool {
	one, errA := url.Parse(a)
	other, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(one.Hostname(), other.Hostname())
}

var errNoAddress = lacks("what stands near it makes no address")

// serverAddress returns an https address in its shortest form.
func serverAddress(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Host == "":
		return "", errNoAddress
	case !strings.EqualFold(u.Scheme, "https"):
		return "", lacks("its server is spoken to without TLS: a secret is not sent that way")
	}
	host, ok := hostPort(u.Host)
	if !ok || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "..") {
		return "", errNoAddress
	}
	return "https://" + host + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// hostPort returns a host in its shortest form, in which 443 is no port.
func hostPort(text string) (string, bool) {
	name, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i > strings.LastIndexByte(text, ']') {
		name, port = text[:i], text[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || inner == strings.TrimSuffix(inner, "]") {
			return "", false
		}
	} else if _, err := inHost(name); err != nil {
		return "", false
	}
	if port == "" || port == "443" {
		return strings.ToLower(name), true
	}
	return strings.ToLower(name) + ":" + port, true
}

// hostsIn returns the distinct hosts of the https addresses in a text.
func hostsIn(text string) []string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]"
	var hosts []string
	for {
		_, rest, ok := strings.Cut(text, "https://")
		if !ok {
			return hosts
		}
		name := rest
		if i := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune(letters, r) }); i >= 0 {
			name = rest[:i]
		}
		text = rest[len(name):]
		host, ok := hostPort(strings.TrimRight(name, ".:"))
		if ok && !strings.HasPrefix(text, "@") && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
}
