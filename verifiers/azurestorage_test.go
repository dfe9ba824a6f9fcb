package verifiers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// azureKey is the key of a storage account, another for each seed.
func azureKey(t testing.TB, seed int) Credential {
	return Credential{Secret: drawn(t, "<azure +ASt>", seed), Line: "AccountName=acmefiles;AccountKey=", Parts: map[string]string{azureAccount: "acmefiles"}}
}

// azureToken is a shared access signature: before, the signature, behind.
func azureToken(t testing.TB, before, behind string) Credential {
	signature := strings.NewReplacer("+", "%2B", "/", "%2F").Replace(drawn(t, "<base64 43>", 1)) + "%3D"
	return Credential{Rule: ruleWith(), Secret: signature, Match: before + signature + behind, Parts: map[string]string{}}
}

// loopbackAzure answers as the blob service does. It knows one account, and
// checks signatures.
func loopbackAzure(t *testing.T, account string, known Credential) http.HandlerFunc {
	key, err := base64.StdEncoding.DecodeString(known.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		// See "Constructing the signature string" in "Authorize with Shared Key".
		lines := []string{r.Method}
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"} {
			lines = append(lines, r.Header.Get(name))
		}
		var own []string
		for name, values := range r.Header {
			if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
				own = append(own, name+":"+values[0])
			}
		}
		slices.Sort(own)
		lines = append(append(lines, own...), "/"+account+r.URL.Path)
		var query []string
		for name, values := range r.URL.Query() {
			query = append(query, name+":"+values[0])
		}
		slices.Sort(query)
		m := hmac.New(sha256.New, key)
		m.Write([]byte(strings.Join(append(lines, query...), "\n")))
		if r.Header.Get("Authorization") != "SharedKey "+account+":"+base64.StdEncoding.EncodeToString(m.Sum(nil)) {
			w.Header().Set("x-ms-error-code", "AuthenticationFailed")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "\ufeff<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>The MAC signature found in the HTTP request is not the same</AuthenticationErrorDetail></Error>")
			return
		}
		fmt.Fprint(w, "\ufeff<?xml version=\"1.0\"?><EnumerationResults ServiceEndpoint=\"x\"><MaxResults>1</MaxResults><Containers><Container><Name>backup</Name></Container></Containers></EnumerationResults>")
	}
}

func TestAzureStorageKeysAreAskedAboutAtALoopbackBlobServiceThatChecksSignatures(t *testing.T) {
	known := azureKey(t, 1)
	for seed, want := range map[int]mudlark.Status{1: mudlark.Active, 2: mudlark.Inactive} {
		v, err := askCloud(t, azureStorage{}, azureKey(t, seed), loopbackAzure(t, "acmefiles", known))
		if got := statusWord(v, err); got != want {
			t.Fatalf("key %d: %s (%v), want %s", seed, got, err, want)
		}
		if want == mudlark.Active && (fact(v, "account") != "acmefiles" || fact(v, "first container") != "backup" || v.Privilege != mudlark.PrivilegeAdmin) {
			t.Errorf("%+v", v)
		}
	}
}

// An account whose address stands near a key need not be the key's.
func TestAKeyThatAnAccountNearByDoesNotKnowIsUnknown(t *testing.T) {
	c := azureKey(t, 2)
	c.Line = "AccountKey="
	if v, err := askCloud(t, azureStorage{}, c, loopbackAzure(t, "acmefiles", azureKey(t, 1))); err == nil {
		t.Errorf("storage: %v", v)
	}
	c = cosmosKey(t, 2)
	c.Match = ""
	if v, err := askCloud(t, azureCosmos(), c, refuse("azure-cosmos")); err == nil {
		t.Errorf("cosmos: %v", v)
	}
	c = busKey(t, hubEndpoint, "", 2)
	c.Line = ""
	if v, err := askCloud(t, azureSharedAccess(), c, refuse("azure-shared-access of a hub")); err == nil {
		t.Errorf("hub: %v", v)
	}
}

func TestAzureRefusalsAreReadByTheirCode(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		want   mudlark.Status
	}{
		{403, "AuthenticationFailed", mudlark.Inactive},
		{403, "AuthenticationFailed</Code><AuthenticationErrorDetail>Request date header too old</AuthenticationErrorDetail><Code>", mudlark.Unknown},
		{403, "AuthorizationFailure", mudlark.Unknown},
		{403, "KeyBasedAuthenticationNotPermitted", mudlark.Unknown},
		{403, "AccountIsDisabled", mudlark.Unknown},
		{404, "AuthenticationFailed", mudlark.Unknown},
	} {
		v, err := askCloud(t, azureStorage{}, azureKey(t, 1), says(test.status, "<Error><Code>"+test.code+"</Code></Error>"))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%d %s: %s (%v), want %s", test.status, test.code, got, err, test.want)
		}
	}
}

func TestAzureAccountsStandInTheLineOrNearTheKey(t *testing.T) {
	rule := ruleWith(rules.Value{Name: "account", From: "line", Regex: `AccountName=([a-z0-9]{3,24})`})
	for _, test := range []struct{ line, part, endpoint, want string }{
		{"DefaultEndpointsProtocol=https;AccountName=acmeprod;AccountKey=", "", "", "acmeprod.blob.core.windows.net"},
		{"AccountName=acmeprod;AccountKey=", "other", "", "acmeprod.blob.core.windows.net"},
		{"AccountKey=", "acmefiles", "", "acmefiles.blob.core.windows.net"},
		{"AccountName=acmeprod;EndpointSuffix=core.chinacloudapi.cn", "", "", "acmeprod.blob.core.chinacloudapi.cn"},
		{"AccountName=acmeprod;EndpointSuffix=core.usgovcloudapi.net", "", "", "acmeprod.blob.core.usgovcloudapi.net"},
		{"AccountName=acmeprod;EndpointSuffix=evil.example", "", "", "acmeprod.blob.core.windows.net"},
		{"AccountName=acmeprod", "", "https://blob.acme.example/acmeprod", "blob.acme.example"},
		{"AccountKey=", "", "", ""},
		{"AccountKey=", "evil.example", "", ""},
		{"AccountKey=", "evil/", "", ""},
	} {
		c := Credential{Rule: rule, Secret: azureKey(t, 1).Secret, Line: test.line, Endpoint: test.endpoint, Parts: map[string]string{azureAccount: test.part}}
		got, err := azureStorage{}.Target(c)
		if got.Host != test.want || got.Guessed || (err != nil) != (test.want == "") || err != nil && !errors.Is(err, errLacks) {
			t.Errorf("%+v: %q, %v", test, got.Host, err)
		}
	}
}

func TestSharedAccessSignaturesAskWhatTheyAreFor(t *testing.T) {
	const blob = "https://acmefiles.blob.core.windows.net"
	const end = "&se=2031-01-01T00:00:00Z&spr=https&sv=2022-11-02"
	for _, test := range []struct{ name, before, want string }{
		{"a container that may be listed", blob + "/backup?sp=racwdl" + end + "&sr=c&sig=", "GET acmefiles.blob.core.windows.net/backup"},
		{"a blob in such a container", blob + "/backup/a/b.bak?sp=rl" + end + "&sr=c&sig=", "GET acmefiles.blob.core.windows.net/backup"},
		{"a container that may not", blob + "/backup?sp=r" + end + "&sr=c&sig=", "HEAD acmefiles.blob.core.windows.net/backup/mudlark-asks"},
		{"a blob", blob + "/backup/db%20old.bak?sp=r" + end + "&sr=b&sig=", "HEAD acmefiles.blob.core.windows.net/backup/db%20old.bak"},
		{"a blob without a folder", blob + "/db.bak?sp=r" + end + "&sr=b&sig=", "HEAD acmefiles.blob.core.windows.net/db.bak"},
		{"a page's spelling", blob + "/backup/db.bak?sp=r&amp;se=2031-01-01T00:00:00Z&amp;sv=2022-11-02&amp;sr=b&amp;sig=", "HEAD acmefiles.blob.core.windows.net/backup/db.bak"},
		{"an account, at one of its addresses", blob + "/backup/db.bak?ss=bf&srt=co&sp=rl" + end + "&sig=", "GET acmefiles.blob.core.windows.net/"},
		{"an account near by", "sv=2022-11-02&ss=b&srt=co&sp=rl&se=2031-01-01T00:00:00Z&sig=", "GET acmeother.blob.core.windows.net/"},
		{"an account's shares", "sv=2022-11-02&ss=fq&srt=co&sp=rl&se=2031-01-01&sig=", "GET acmeother.file.core.windows.net/"},
		{"an account's queues", "sv=2022-11-02&ss=tq&srt=co&sp=rl&se=2031-01-01&sig=", "GET acmeother.queue.core.windows.net/"},
		{"a policy's rights and end", blob + "/backup?sv=2022-11-02&sr=c&si=readers&sig=", "HEAD acmefiles.blob.core.windows.net/backup/mudlark-asks"},
		{"another cloud", "https://acmefiles.blob.core.usgovcloudapi.net/c/b?sp=r" + end + "&sr=b&sig=", "HEAD acmefiles.blob.core.usgovcloudapi.net/c/b"},
		{"a share's file", "https://acmefiles.file.core.windows.net/share/f.txt?sp=r" + end + "&sr=f&sig=", "HEAD acmefiles.file.core.windows.net/share/f.txt"},
		{"an account's tables alone", "sv=2022-11-02&ss=t&srt=co&sp=rl&se=2031-01-01&sig=", ""},
		{"a table", "https://acmefiles.table.core.windows.net/t?tn=t&sp=r" + end + "&sig=", ""},
		{"a host that is not Azure's", "https://evil.example/backup?sp=r" + end + "&sr=c&sig=", ""},
		{"a host that pretends", "https://acmefiles.blob.core.windows.net.evil.example/backup?sp=r" + end + "&sr=c&sig=", ""},
		{"another user's host", "https://acmefiles.blob.core.windows.net@evil.example/backup?sp=r" + end + "&sr=c&sig=", ""},
		{"no address", "sp=r" + end + "&sr=c&sig=", ""},
		{"no rights", blob + "/backup?sv=2022-11-02&se=2031-01-01&sr=c&sig=", ""},
		{"no end", blob + "/backup?sv=2022-11-02&sp=r&sr=c&sig=", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := azureToken(t, test.before, `"`)
			c.Parts[azureAccount] = "acmeother"
			if test.want == "" {
				if got, err := (azureSAS{}).Target(c); !errors.Is(err, errLacks) {
					t.Errorf("%+v, %v, want that something is lacking", got, err)
				}
				return
			}
			asked := ""
			v, err := askCloud(t, azureSAS{}, c, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.Host + r.URL.EscapedPath()
				w.Header().Set("x-ms-request-id", "1")
				if got := r.URL.Query(); got.Get("sig") != mustUnescape(t, c.Secret) || got.Get("sv") != "2022-11-02" {
					t.Errorf("query %v", got)
				}
			})
			if asked != test.want || err != nil || v.Status != mudlark.Active {
				t.Errorf("asked %s, want %s: %v, %v", asked, test.want, v, err)
			}
		})
	}
}

func TestSharedAccessSignaturesAreJudgedByTheirCode(t *testing.T) {
	const at = "https://acmefiles.blob.core.windows.net/backup/db.bak?sp=rw&se=2031-01-01T00:00:00Z&sv=2022-11-02&sr=b&sig="
	const near = "sv=2022-11-02&ss=b&srt=co&sp=rl&se=2031-01-01T00:00:00Z&sig="
	for _, test := range []struct {
		before string
		status int
		code   string
		want   mudlark.Status
	}{
		{at, 200, "", mudlark.Active},
		{at, 404, "BlobNotFound", mudlark.Active}, // the signature was checked before
		{at, 403, "AuthorizationPermissionMismatch", mudlark.Active},
		{at, 403, "AuthorizationResourceTypeMismatch", mudlark.Active},
		{at, 403, "AuthenticationFailed", mudlark.Inactive},
		{near, 403, "AuthenticationFailed", mudlark.Unknown}, // the account may be another
		{at, 403, "AuthorizationFailure", mudlark.Unknown},
		{at, 403, "AuthorizationSourceIPMismatch", mudlark.Unknown},
		{at, 404, "ContainerNotFound", mudlark.Unknown},
		{at, 404, "", mudlark.Unknown},
		{at, 400, "InvalidQueryParameterValue", mudlark.Unknown},
	} {
		c := azureToken(t, test.before, "")
		c.Parts[azureAccount] = "acmeother"
		v, err := askCloud(t, azureSAS{}, c, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-ms-request-id", "1")
			if test.code != "" {
				w.Header().Set("x-ms-error-code", test.code)
			}
			w.WriteHeader(test.status)
		})
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%d %s: %s (%v), want %s", test.status, test.code, got, err, test.want)
		}
		if v.Status == mudlark.Active && (strings.Join(v.Scopes, " ") != "read write" || v.Privilege != mudlark.PrivilegeWrite || fact(v, "until") == "") {
			t.Errorf("%+v", v)
		}
	}
}

func TestSharedAccessSignaturesOutOfTheirTimeAreNotSent(t *testing.T) {
	for times, want := range map[string]mudlark.Status{
		"se=2026-04-30T11:59:59Z":                         mudlark.Inactive,
		"se=2026-04-29":                                   mudlark.Inactive,
		"se=2026-04-30T11%3A59Z":                          mudlark.Inactive,
		"st=2026-06-01T00:00:00Z&se=2026-07-01T00:00:00Z": mudlark.Unknown,
	} {
		c := azureToken(t, "https://acmefiles.blob.core.windows.net/backup/db.bak?sp=r&"+times+"&sv=2022-11-02&sr=b&sig=", "")
		v, err := askCloud(t, azureSAS{}, c, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: it was sent", times) })
		if got := statusWord(v, err); got != want || got == mudlark.Inactive && !strings.Contains(v.Reason, "expired") {
			t.Errorf("%s: %s %q (%v), want %s", times, got, v.Reason, err, want)
		}
	}
}

func mustUnescape(t *testing.T, s string) string {
	t.Helper()
	u, err := url.QueryUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
