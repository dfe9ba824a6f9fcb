package verifiers

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// Garage says AccessDenied to keys that it does not know.
func TestStoresThatAreNotKnownMayDenyAccessToAnybody(t *testing.T) {
	for _, test := range []struct {
		host, message string
		want          mudlark.Status
	}{
		{"s3.acme.example", "Forbidden: No such key: GK01", mudlark.Unknown},
		{"s3.acme.example", "Forbidden: Invalid signature", mudlark.Unknown},
		{"s3.acme.example", "Access Denied.", mudlark.Active},
		{"s3.acme.example", "", mudlark.Active},
		{"nyc3.digitaloceanspaces.com", "not yours", mudlark.Active},
	} {
		v, err := askCloud(t, s3{}, s3Pair(t, test.host, 1), says(403, "<Error><Code>AccessDenied</Code><Message>"+test.message+"</Message></Error>"))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s %q: %s (%v), want %s", test.host, test.message, got, err, test.want)
		}
	}
}

// TestSharedAccessSignaturesAreTakenWhole has text around live ones that makes
// others of them.
func TestSharedAccessSignaturesAreTakenWhole(t *testing.T) {
	const at = "https://acmefiles.blob.core.windows.net/backup/db.bak?"
	const live = "sp=r&se=2031-01-01T00:00:00Z&sv=2022-11-02&sr=b&sig="
	for before, want := range map[string]bool{at + live: true, at + "se=2001-01-01&" + live: false, at + "sig=x&" + live: false} {
		if _, err := (azureSAS{}).Target(azureToken(t, before, "")); (err == nil) != want || err != nil && !errors.Is(err, errLacks) {
			t.Errorf("%s: %v", before, err)
		}
	}
	tail := "&rscd=" + strings.Repeat("attachment", 7) + "-"
	for after, want := range map[string]bool{"": true, `"`: true, "name.csv": false} {
		c := azureToken(t, at+live, tail)
		c.Match = c.Match[:strings.Index(c.Match, c.Secret)] + c.Secret + tail
		c.Line = c.Match + after
		if _, err := (azureSAS{}).Target(c); (err == nil) != want {
			t.Errorf("followed by %q: %v", after, err)
		}
	}
}

func TestSharedAccessSignatureThatSomebodyDecodedIsSentEncoded(t *testing.T) {
	c := azureToken(t, "https://acmefiles.blob.core.windows.net/backup/db.bak?sp=r&se=2031-01-01T00:00:00Z&sv=2022-11-02&sr=b&sig=", "")
	decoded := strings.Repeat("ab+/", 10) + "abc="
	c.Match, c.Secret = strings.Replace(c.Match, c.Secret, decoded, 1), decoded
	c.Line = c.Match
	got := ""
	_, _ = askCloud(t, azureSAS{}, c, func(_ http.ResponseWriter, r *http.Request) { got = r.URL.Query().Get("sig") })
	if got != decoded {
		t.Errorf("sent %q, want %q", got, decoded)
	}
}

// The clock of this machine may be wrong.
func TestSharedAccessSignatureThatExpiredJustNowIsAskedAbout(t *testing.T) {
	asked := false
	c := azureToken(t, "https://acmefiles.blob.core.windows.net/backup/db.bak?sp=r&se=2026-05-01T06:00:00Z&sv=2022-11-02&sr=b&sig=", "")
	_, _ = askCloud(t, azureSAS{}, c, func(http.ResponseWriter, *http.Request) { asked = true })
	if !asked {
		t.Error("it was not asked about")
	}
}

func TestKeyOnALineWithTwoAccountsMayBeOfEither(t *testing.T) {
	for line, want := range map[string]bool{
		"AccountName=acme;AccountKey=K":                                          true,
		"AccountName=acme;AccountKey=J AccountName=other;AccountKey=K":           false,
		"AccountName=acmeprod;AccountKey=K":                                      false,
		"https://acme.blob.core.windows.net K":                                   true,
		"az storage blob list --account-name=acme --account-key=K":               true,
		`{"a": "accountname=acme;accountkey=K", "b": "accountname=b;accountkey=`: false,
	} {
		if got := beside(Credential{Line: line}, "acme"); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestConnectionStringsOnOneLineAreToldApart has a line with two of each kind.
func TestConnectionStringsOnOneLineAreToldApart(t *testing.T) {
	const first, second = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=send", "Endpoint=sb://other.servicebus.windows.net/;SharedAccessKeyName=send"
	one, two := busKey(t, first, "", 1), busKey(t, second, "", 2)
	line := first + ";SharedAccessKey=" + one.Secret + "," + second + ";SharedAccessKey=" + two.Secret + ";EntityPath=orders"
	one.Line, two.Line = line, line
	if target, err := azureSharedAccess().Target(one); err != nil || strings.Contains(target.Subject, "orders") {
		t.Errorf("%+v, %v: the other's queue", target, err)
	}
	if target, err := azureSharedAccess().Target(two); err != nil || !strings.Contains(target.Subject, "orders") {
		t.Errorf("%+v, %v: not its queue", target, err)
	}
	mixed := Credential{Secret: two.Secret, Line: line, Parts: one.Parts}
	if inConnectionString(mixed) || !inConnectionString(one) || !inConnectionString(two) {
		t.Error("a key is taken for that of another connection string")
	}
	const stores = "Endpoint=https://one.azconfig.io;Id=abcd;Secret=S0VZT05F Endpoint=https://two.azconfig.io;Id=efgh;Secret=S0VZVFdP"
	for secret, want := range map[string]string{"S0VZT05F": "one.azconfig.io", "S0VZVFdP": "two.azconfig.io"} {
		if target, err := azureAppConfig().Target(Credential{Secret: secret, Line: stores}); err != nil || target.Host != want {
			t.Errorf("%s: %+v, %v, want %s", secret, target, err, want)
		}
	}
}

func TestHubWhoseKeysAreTurnedOffSaysNothingOfOne(t *testing.T) {
	v, err := askCloud(t, azureSharedAccess(), busKey(t, hubEndpoint, "", 1), says(401, `{"Message":"Local authentication is disabled"}`))
	if got := statusWord(v, err); got != mudlark.Unknown {
		t.Errorf("%s (%v)", got, err)
	}
}

func TestCosmosAccountIsAWholeName(t *testing.T) {
	secret := cosmosKey(t, 1).Secret
	for match, want := range map[string]string{
		"AccountEndpoint=https://acme.documents.azure.com:443/;":                              "acme.documents.azure.com",
		"AccountEndpoint=https://Acme.documents.azure.com:443/;":                              "acme.documents.azure.com",
		"https://" + strings.Repeat("a", 50) + ".documents.azure.com":                         "",
		"https://acme.documents.azure.com.evil.example":                                       "",
		"https://acme_prod.documents.azure.com.evil.example https://b-c.documents.azure.com/": "b-c.documents.azure.com",
	} {
		target, err := azureCosmos().Target(Credential{Secret: secret, Match: match})
		if target.Host != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", match, target.Host, err, want)
		}
	}
}

// Every account has keys of Google's own.
func TestEmptyListOfCertificatesSaysNothing(t *testing.T) {
	for _, body := range []string{"{}", "null"} {
		if v, err := gcpListed(&Answer{Body: []byte(body)}, "", nil); err == nil {
			t.Errorf("%s: %+v", body, v)
		}
	}
}

func TestTextAroundASecretDoesNotMakeItImpossible(t *testing.T) {
	live := filled(t, "<gitlab-routable glpat->")
	if a := assessed(t, "gitlab-pat-routable", "glpat-hidden-"+live); a.Verdict == mudlark.Impossible {
		t.Errorf("%+v", a)
	}
	if a := assessed(t, "gitlab-pat-routable", "glpat-hidden-"+filled(t, "<gitlab-routable-bad glpat->")); a.Verdict != mudlark.Impossible {
		t.Errorf("%+v", a)
	}
}

// A stored policy's signature has no date: one before it is not its own.
func TestTextAroundASignatureDoesNotMakeItExpire(t *testing.T) {
	if a := assessed(t, "azure-storage-sas", filled(t, "se=2001-01-01&sv=2022-11-02&sr=c&si=readers&sig=<base62 43>%3D")); a.Verdict == mudlark.Expired {
		t.Errorf("%+v", a)
	}
}
