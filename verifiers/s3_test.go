package verifiers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rclone/gofakes3/signature"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// fakeS3 is gofakes3 behind the check of signatures of rclone's gofakes3. It
// knows one key, and holds buckets.
func fakeS3(t *testing.T, known Credential, buckets ...string) http.HandlerFunc {
	t.Helper()
	was := signature.TimeNow
	signature.TimeNow = noon
	t.Cleanup(func() { signature.TimeNow = was })
	store := s3mem.New()
	for _, b := range buckets {
		if err := store.CreateBucket(b); err != nil {
			t.Fatal(err)
		}
	}
	server := gofakes3.New(store, gofakes3.WithTimeSkewLimit(0)).Server()
	return func(w http.ResponseWriter, r *http.Request) {
		code := signature.V4SignVerifyWithLookup(r, func(id string) (string, bool) { return known.Secret, id == known.Parts["key-id"] })
		if code == signature.ErrNone {
			server.ServeHTTP(w, r)
			return
		}
		e := signature.GetAPIError(code)
		w.WriteHeader(e.HTTPStatusCode)
		_, _ = w.Write(signature.EncodeAPIErrorToResponse(e))
	}
}

func TestS3KeysAreAskedAboutAtAStoreThatChecksSignatures(t *testing.T) {
	for _, host := range []string{
		"nyc3.digitaloceanspaces.com", "s3.us-west-1.wasabisys.com", "s3.us-west-004.backblazeb2.com", "s3.fr-par.scw.cloud",
		"0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com", "storage.yandexcloud.net", "storage.googleapis.com", "minio.acme.example:9000",
	} {
		t.Run(host, func(t *testing.T) {
			known := s3Pair(t, host, 1)
			wrong := Credential{Rule: s3Rule(), Secret: s3Pair(t, host, 2).Secret, Parts: known.Parts}
			handler := fakeS3(t, known, "acme-backup", "acme-site")
			for _, test := range []struct {
				name string
				c    Credential
				want mudlark.Status
			}{
				{"the right key", known, mudlark.Active},
				{"a wrong secret", wrong, mudlark.Inactive},
				{"an unknown id", s3Pair(t, host, 3), mudlark.Inactive},
			} {
				v, err := askCloud(t, s3{}, test.c, handler)
				if got := statusWord(v, err); got != test.want {
					t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
				}
				if want := "acme-backup, acme-site"; v.Status == mudlark.Active && fact(v, "buckets") != want {
					t.Errorf("%s: %v, want buckets %s", test.name, v.Identity, want)
				}
			}
		})
	}
}

func TestS3RefusalsAreReadByTheirCode(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		want   mudlark.Status
	}{
		{403, "AccessDenied", mudlark.Active}, // known, but it may not list
		{403, "InvalidAccessKeyId", mudlark.Inactive},
		{401, "InvalidAccessKeyId", mudlark.Inactive},
		{403, "SignatureDoesNotMatch", mudlark.Inactive},
		{403, "RequestTimeTooSkewed", mudlark.Unknown},
		{403, "AccountProblem", mudlark.Unknown},
		{400, "SignatureDoesNotMatch", mudlark.Unknown},
		{404, "NoSuchBucket", mudlark.Unknown},
		{200, "AccessDenied", mudlark.Unknown},
	} {
		v, err := askCloud(t, s3{}, s3Pair(t, "nyc3.digitaloceanspaces.com", 1), says(test.status, "<Error><Code>"+test.code+"</Code></Error>"))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%d %s: %s (%v), want %s", test.status, test.code, got, err, test.want)
		}
	}
}

// Which region a store of one's own is in only the store knows.
func TestS3StoresAreAskedOnceMoreForTheirRegion(t *testing.T) {
	for region, want := range map[string]int{"eu-home-1": 2, "us-east-1": 1, "a/b": 1, "": 1} {
		asked := 0
		v, err := askCloud(t, s3{}, s3Pair(t, "minio.acme.example", 1), func(w http.ResponseWriter, r *http.Request) {
			asked++
			if strings.Contains(r.Header.Get("Authorization"), "/eu-home-1/s3/") {
				fmt.Fprint(w, `<?xml version="1.0"?><ListAllMyBucketsResult><Owner><ID>7</ID><DisplayName>minio</DisplayName></Owner><Buckets></Buckets></ListAllMyBucketsResult>`)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>%s</Region></Error>", region)
		})
		if asked != want || (err == nil) != (want == 2) || err == nil && fact(v, "owner") != "minio" {
			t.Errorf("region %q: asked %d times, want %d: %v, %v", region, asked, want, v, err)
		}
	}
}

// A host that stands by default may not be the key's.
func TestAnIDThatAnAssumedStoreDoesNotKnowIsUnknown(t *testing.T) {
	for host, want := range map[string]mudlark.Status{
		"s3.wasabisys.com": mudlark.Unknown, "storage.googleapis.com": mudlark.Inactive, "ams3.digitaloceanspaces.com": mudlark.Inactive,
	} {
		c := s3Pair(t, "", 1)
		c.Rule = ruleWith(rules.Value{Name: "id", From: "key-id"}, rules.Value{Name: "host", From: "endpoint-host", Regex: ".+", Default: host})
		v, err := askCloud(t, s3{}, c, says(403, "<Error><Code>InvalidAccessKeyId</Code></Error>"))
		if got := statusWord(v, err); got != want {
			t.Errorf("%s: %s (%v), want %s", host, got, err, want)
		}
	}
}

func TestS3TargetsAreKnownProvidersOrGuesses(t *testing.T) {
	for _, test := range []struct {
		host, endpoint string
		want           Target
	}{
		{"nyc3.digitaloceanspaces.com", "", Target{Host: "nyc3.digitaloceanspaces.com", Subject: "nyc3"}},
		{"s3.wasabisys.com", "", Target{Host: "s3.wasabisys.com", Subject: "us-east-1"}},
		{"S3.EU-Central-2.WasabiSys.com:443", "", Target{Host: "s3.eu-central-2.wasabisys.com", Subject: "eu-central-2"}},
		{"abc.r2.cloudflarestorage.com", "", Target{Host: "abc.r2.cloudflarestorage.com", Subject: "auto"}},
		{"minio.acme.example:9000", "", Target{Host: "minio.acme.example:9000", Guessed: true, Subject: "us-east-1"}},
		{"digitaloceanspaces.com.evil.example", "", Target{Host: "digitaloceanspaces.com.evil.example", Guessed: true, Subject: "us-east-1"}},
		{"evildigitaloceanspaces.com", "", Target{Host: "evildigitaloceanspaces.com", Guessed: true, Subject: "us-east-1"}},
		{"ignored.example", "https://s3.acme.example:9000/store", Target{Host: "s3.acme.example:9000", Subject: "us-east-1"}},
		{"", "", Target{}},
		{"a.example/path", "", Target{}},
		{"user@a.example", "", Target{}},
		{"a.example?x", "", Target{}},
		{"a.example:80:90", "", Target{}},
	} {
		c := s3Pair(t, test.host, 1)
		c.Endpoint = test.endpoint
		if test.want.Host != "" {
			test.want.Method, test.want.Subject = "GET", c.Parts["key-id"]+" "+test.want.Subject
		}
		got, err := s3{}.Target(c)
		if got != test.want || (err != nil) != (test.want.Host == "") || err != nil && !errors.Is(err, errLacks) {
			t.Errorf("%s %s: %+v, %v, want %+v", test.host, test.endpoint, got, err, test.want)
		}
	}
	for _, id := range []string{"", "a/b", "a,b", "a b", strings.Repeat("a", 200)} {
		c := s3Pair(t, "nyc3.digitaloceanspaces.com", 1)
		c.Parts["key-id"] = id
		if _, err := (s3{}).Target(c); !errors.Is(err, errLacks) {
			t.Errorf("id %q: %v", id, err)
		}
	}
}
