package git_test

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// TestLinksLeadToTheLines of the remote's pages, with nobody's password in them, and
// to nothing but https.
func TestLinksLeadToTheLines(t *testing.T) {
	r := newRepo(t)
	r.write("a dir/ä#1.txt", "\n"+mark("a")+"\n")
	id := r.commit("one")
	r.git("config", "remote.origin.url", "x")
	for _, tt := range []struct{ platform, remote, want string }{
		{"auto", "https://github.com/acme/app.git", "https://github.com/acme/app/blob/ID/a%20dir/%C3%A4%231.txt#L2"},
		{"auto", "git@github.com:acme/app.git", "https://github.com/acme/app/blob/ID/a%20dir/%C3%A4%231.txt#L2"},
		{"auto", "https://me:" + "pass" + "@gitlab.com/g/s/app/", "https://gitlab.com/g/s/app/blob/ID/a%20dir/%C3%A4%231.txt#L2"},
		{"auto", "ssh://git@bitbucket.org:22/acme/app.git", "https://bitbucket.org/acme/app/src/ID/a%20dir/%C3%A4%231.txt#lines-2"},
		{"auto", "https://codeberg.org/acme/app", "https://codeberg.org/acme/app/src/commit/ID/a%20dir/%C3%A4%231.txt#L2"},
		{"gitea", "https://git.example.com:3000/acme/app", "https://git.example.com:3000/acme/app/src/commit/ID/a%20dir/%C3%A4%231.txt#L2"},
		{"azuredevops", "https://dev.azure.com/o/p/_git/app", "https://dev.azure.com/o/p/_git/app/commit/ID?path=/a+dir%2F%C3%A4%231.txt&line=2&lineEnd=2&lineStartColumn=1&lineEndColumn=11&type=2&lineStyle=plain&_a=files"},
		{"auto", "https://git.example.com/acme/app", ""},
		{"auto", "/srv/git/app.git", ""},
		{"github", "file:///srv/git/app.git", ""},
		{"github", "javascript://x/%0aalert(1)", ""},
		{"github", `https://exa"mple.com/x`, ""},
		{"github", "ext::sh -c touch% x", ""},
		{"none", "https://github.com/acme/app.git", ""},
		{"", "https://github.com/acme/app.git", ""},
	} {
		r.git("config", "remote.origin.url", tt.remote)
		res := scan(t, git.Options{Path: r.dir, LogOpts: "HEAD", Platform: tt.platform}, mudlark.Env{})
		if len(res.found) != 1 {
			t.Fatalf("%d findings", len(res.found))
		}
		if got := strings.ReplaceAll(res.found[0].Origin.Link, id, "ID"); got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.platform, tt.remote, got, tt.want)
		}
	}
	_, err := (&git.Options{Path: r.dir, Platform: "sourceforge"}).Open(t.Context(), mudlark.Env{})
	if err == nil || !strings.Contains(err.Error(), "use one of github") {
		t.Errorf("an unknown platform: %v", err)
	}
}
