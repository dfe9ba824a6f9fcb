package verifiers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// busKey is a key in a connection string, another for each seed.
func busKey(t testing.TB, endpoint, rest string, seed int) Credential {
	key := drawn(t, "<base64 43>=", seed)
	return Credential{Rule: ruleWith(), Secret: key, Line: endpoint + ";SharedAccessKey=" + key + rest, Parts: map[string]string{azureSASEndpoint: endpoint}}
}

const (
	busEndpoint = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey"
	hubEndpoint = "HostName=acme.azure-devices.net;SharedAccessKeyName=iothubowner"
)

func cosmosKey(t testing.TB, seed int) Credential {
	return Credential{Rule: ruleWith(), Secret: drawn(t, "<azure ACDb>", seed), Match: "AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=", Parts: map[string]string{"azure-cosmosdb-host": "acme.documents.azure.com"}}
}

func appConfigKey(t testing.TB, seed int) Credential {
	key := drawn(t, "<base64 43>=", seed)
	return Credential{Rule: ruleWith(), Secret: key, Line: "CONN=Endpoint=https://acme.azconfig.io;Id=ab-l9-s0:xyz;Secret=" + key}
}

// signs reports whether a signature of Azure is that of a text under a key.
func signs(key []byte, text, signature string) bool {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return signature == base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func rawKey(t *testing.T, c Credential) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(c.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tokenHolds checks a shared access token for a resource.
func tokenHolds(t *testing.T, r *http.Request, key []byte, resource, policy string) bool {
	t.Helper()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "SharedAccessSignature ")
	fields, err := url.ParseQuery(token)
	if !ok || err != nil || fields.Get("sr") != resource || fields.Get("skn") != policy || fields.Get("se") != "1777637100" {
		t.Errorf("token %s, want one for %s and five minutes", token, resource)
	}
	return signs(key, url.QueryEscape(resource)+"\n"+fields.Get("se"), fields.Get("sig"))
}

func TestServiceBusKeysAreAskedAboutAtALoopbackBusThatChecksSignatures(t *testing.T) {
	const sender = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=sender"
	lone := busKey(t, busEndpoint, "", 2)
	lone.Line = "key: " + lone.Secret
	for _, test := range []struct {
		name           string
		c              Credential
		path, resource string
		want           mudlark.Status
	}{
		{"a policy that manages", busKey(t, busEndpoint, "", 1), "/$Resources/Queues", "https://acme.servicebus.windows.net/", mudlark.Active},
		{"a policy that sends", busKey(t, sender, "", 1), "/$Resources/Queues", "https://acme.servicebus.windows.net/", mudlark.Active},
		{"a policy of a queue", busKey(t, busEndpoint, ";EntityPath=Orders/in", 1), "/Orders/in", "https://acme.servicebus.windows.net/orders/in", mudlark.Active},
		{"a wrong key", busKey(t, busEndpoint, "", 2), "/$Resources/Queues", "https://acme.servicebus.windows.net/", mudlark.Inactive},
		{"a wrong key outside of a connection string", lone, "/$Resources/Queues", "https://acme.servicebus.windows.net/", mudlark.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := askCloud(t, azureSharedAccess(), test.c, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != test.path {
					t.Errorf("asked %s, want %s", r.URL, test.path)
				}
				policy := policyOf(test.c)
				switch {
				case !tokenHolds(t, r, []byte(busKey(t, "", "", 1).Secret), test.resource, policy):
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, "<Error><Code>401</Code><Detail>InvalidSignature: The token has an invalid signature.</Detail></Error>")
				case policy == "sender":
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, "<Error><Code>401</Code><Detail>Manage,EntityRead claims required for this operation.</Detail></Error>")
				default:
					_, _ = io.WriteString(w, `<feed xmlns="http://www.w3.org/2005/Atom"></feed>`)
				}
			})
			if got := statusWord(v, err); got != test.want {
				t.Fatalf("%s (%v), want %s", got, err, test.want)
			}
			if want := map[string]mudlark.Privilege{"sender": mudlark.PrivilegeWrite}[policyOf(test.c)]; v.Status == mudlark.Active && want != 0 && v.Privilege != want {
				t.Errorf("privilege %v, want %v", v.Privilege, want)
			}
		})
	}
}

func TestIoTHubKeysAreAskedAboutAtALoopbackHubThatChecksSignatures(t *testing.T) {
	const device = "HostName=acme.azure-devices.net;SharedAccessKeyName=device"
	for _, test := range []struct {
		name string
		c    Credential
		want mudlark.Status
	}{
		{"the right key", busKey(t, hubEndpoint, "", 1), mudlark.Active},
		{"a wrong key", busKey(t, hubEndpoint, "", 2), mudlark.Inactive},
		{"a wrong key of a policy that may not read", busKey(t, device, "", 2), mudlark.Unknown},
	} {
		v, err := askCloud(t, azureSharedAccess(), test.c, func(w http.ResponseWriter, r *http.Request) {
			if !tokenHolds(t, r, rawKey(t, busKey(t, "", "", 1)), "acme.azure-devices.net", policyOf(test.c)) {
				answerJSON(w, http.StatusUnauthorized, map[string]any{"Message": "ErrorCode:IotHubUnauthorizedAccess;Unauthorized"})
				return
			}
			answerJSON(w, http.StatusOK, []any{})
		})
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
	}
}

func TestCosmosKeysAreAskedAboutAtALoopbackAccountThatChecksSignatures(t *testing.T) {
	known := cosmosKey(t, 1)
	near := known
	near.Match = known.Secret
	for _, test := range []struct {
		name string
		c    Credential
		want mudlark.Status
	}{{"the right key", known, mudlark.Active}, {"the right key near its account", near, mudlark.Active}, {"a wrong key", cosmosKey(t, 2), mudlark.Inactive}} {
		v, err := askCloud(t, azureCosmos(), test.c, func(w http.ResponseWriter, r *http.Request) {
			token, _ := url.QueryUnescape(r.Header.Get("Authorization"))
			signature, ok := strings.CutPrefix(token, "type=master&ver=1.0&sig=")
			if r.URL.Path != "/dbs" || !ok || !signs(rawKey(t, known), "get\ndbs\n\nfri, 01 may 2026 12:00:00 gmt\n\n", signature) {
				answerJSON(w, http.StatusUnauthorized, map[string]any{"code": "Unauthorized", "message": "The input authorization token can't serve the request."})
				return
			}
			answerJSON(w, http.StatusOK, map[string]any{"_rid": "", "Databases": []any{map[string]any{"id": "orders"}}, "_count": 1})
		})
		if got := statusWord(v, err); got != test.want || got == mudlark.Active && (fact(v, "account") != "acme" || fact(v, "databases") != "orders") {
			t.Errorf("%s: %s (%v) %v, want %s", test.name, got, err, v.Identity, test.want)
		}
	}
	for _, message := range []string{"Local Authorization is disabled. Use an AAD token to authorize all requests.", "The authorization token is not valid at the current time."} {
		if v, err := askCloud(t, azureCosmos(), known, says(401, `{"code":"Unauthorized","message":"`+message+`"}`)); err == nil {
			t.Errorf("%s: %v", message, v)
		}
	}
}

func TestAppConfigurationKeysAreAskedAboutAtALoopbackStoreThatChecksSignatures(t *testing.T) {
	for seed, want := range map[int]mudlark.Status{1: mudlark.Active, 2: mudlark.Inactive} {
		v, err := askCloud(t, azureAppConfig(), appConfigKey(t, seed), func(w http.ResponseWriter, r *http.Request) {
			const nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
			text := "GET\n/kv?api-version=1.0&$select=key\nFri, 01 May 2026 12:00:00 GMT;acme.azconfig.io;" + nothing
			signature, ok := strings.CutPrefix(r.Header.Get("Authorization"), "HMAC-SHA256 Credential=ab-l9-s0:xyz&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=")
			if !ok || r.Header.Get("X-Ms-Content-Sha256") != nothing || !signs(rawKey(t, appConfigKey(t, 1)), text, signature) {
				w.Header().Set("WWW-Authenticate", `HMAC-SHA256 error="invalid_token" error_description="Invalid Signature", Bearer`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answerJSON(w, http.StatusOK, map[string]any{"items": []any{}})
		})
		if got := statusWord(v, err); got != want {
			t.Errorf("key %d: %s (%v), want %s", seed, got, err, want)
		}
	}
	v, err := askCloud(t, azureAppConfig(), appConfigKey(t, 1), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `HMAC-SHA256 error="invalid_token" error_description="The access token has expired", Bearer`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	if err == nil {
		t.Errorf("an old signature: %v", v)
	}
}

func TestAzureKeysAreAskedAboutAtAzureAlone(t *testing.T) {
	for name, test := range map[string]struct {
		v Verifier
		c Credential
	}{
		"a bus elsewhere":     {azureSharedAccess(), busKey(t, "Endpoint=sb://acme.evil.example/;SharedAccessKeyName=a", "", 1)},
		"a bus that pretends": {azureSharedAccess(), busKey(t, "Endpoint=sb://acme.servicebus.windows.net.evil.example/;SharedAccessKeyName=a", "", 1)},
		"a hub elsewhere":     {azureSharedAccess(), busKey(t, "HostName=evil.example;SharedAccessKeyName=a", "", 1)},
		"a device":            {azureSharedAccess(), busKey(t, "HostName=acme.azure-devices.net;DeviceId=a", "", 1)},
		"no endpoint":         {azureSharedAccess(), busKey(t, "", "", 1)},
		"an account elsewhere": {azureCosmos(), Credential{
			Rule: ruleWith(), Secret: cosmosKey(t, 1).Secret, Match: "AccountEndpoint=https://acme.documents.azure.evil.example/",
		}},
		"a store elsewhere": {azureAppConfig(), Credential{
			Rule: ruleWith(), Secret: appConfigKey(t, 1).Secret, Line: "Endpoint=https://acme.azconfig.io.evil.example;Id=abcd;Secret=",
		}},
	} {
		if got, err := test.v.Target(test.c); !errors.Is(err, errLacks) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
