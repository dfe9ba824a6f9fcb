package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// best returns the highest confidence of what is found in text.
func best(e *Engine, text string) (top mudlark.Confidence) {
	for _, f := range detect(e, text) {
		top = max(top, f.Confidence)
	}
	return top
}

func TestPasswordsAreGraded(t *testing.T) {
	_, e := builtin(t)
	for want, values := range map[mudlark.Confidence][]string{
		mudlark.Medium: {"Summer" + "2019!", "p@ss" + "W0rd-9x", "gT5" + "#kk", "hunter" + "2xyz", "kX9$" + "mQ2v", "Wr7/" + "bnQz+3", "8f3kd" + "02m", "Tr0ub4" + "dor&3x", "xK!dR" + "#mPzq"},
		mudlark.Low:    {"correct-" + "horse", "correct-horse-" + "battery", "P@ssw" + "0rd!", "Zpass" + "word9K", "geh" + "eim", "someone@" + "acme.org"},
		mudlark.ConfidenceUnset: {
			"changeme", "xxxxxxxx", "${PASSWORD}", "$PASSWORD", "<password>", "password", "secret", "test123", "null", "none", "12345678", "abcdefgh", "********",
			"/etc/app/password.txt", "Passwort:", "{{ password }}", "%PASSWORD%", "REDACTED", "your_password", "argon2",
		},
	} {
		for _, value := range values {
			for _, format := range []string{"db_password: %s\n", "DB_PASSWORD=%s\n", `"dbPassword": "%s"`} {
				if got := best(e, fmt.Sprintf(format, value)); got != want {
					t.Errorf(format+": %v, want %v", value, got, want)
				}
			}
		}
	}
}

func TestKnownNonSecretsAreNamed(t *testing.T) {
	_, e := builtin(t)
	for template, want := range map[string]string{
		"secret_sha256: <hex 64>":                                        "", // no name of a secret: nobody asks
		`api_key = "sha512-<base64 86>=="`:                               "a digest",
		`token = "<hex 40>" # never told`:                                "",
		"commit token: <hex 40>":                                         "a digest",
		`private_key: "/etc/ssl/private/server.key"`:                     "a path",
		`secret_key = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A<base64 40>"`:     "a public key or a certificate",
		`auth_key = "AAAAB3NzaC1yc2EAAAADAQABAAAB<base64 40>"`:           "a public key or a certificate",
		`"password": "Contraseña nueva:"`:                                "",
		`"password": "Contraseña:"`:                                      "a text for people",
		"db_password: <uuid>":                                            "a UUID",
		"secret: process.env.CLIENT_SECRET_VALUE":                        "a reference to where the secret is",
		"client_secret = CLIENT_SECRET_FROM_ENVIRONMENT":                 "words",
		"password = https://vault.corp/v1/secret":                        "an address",
		"npm ignore v1:npm-access-token:<hex 16>":                        "a fingerprint of ours",
		"token: 2024-01-02T03:04:05.678":                                 "a number, a date or a version",
		`user->password = "x"; pwd = getpwnam_shadow(name, &entry_here)`: "",
	} {
		text, names := fill(t, template, 1), []string(nil)
		e.Explain(mudlark.Chunk{Data: []byte(text)}, func(x Explanation) {
			if strings.HasPrefix(x.Finding.RuleID, "generic-") {
				names = append(names, x.Dropped.Detail)
			}
		})
		if want != "" && !strings.Contains(strings.Join(names, "|"), want) {
			t.Errorf("%q: %q, want %q", text, names, want)
		}
	}
}

// keysOfSecrets are names as they stand before a secret of each kind.
func keysOfSecrets() []string {
	return []string{
		"password", "db_password", "DB_PASSWORD", "smtpPassword", "passphrase", "admin_pwd", "secret", "client_secret", "clientSecret", "JWT_SECRET", "SECRET_KEY",
		"encryptionKey", "api_key", "apiKey", "API_KEY", "access_key", "token", "access_token", "authToken", "GITLAB_TOKEN", "bot-token",
	}
}

// surroundings are notations in which a key and a value stand.
func surroundings() []string {
	return []string{
		"%s=%s\n", "%s = \"%s\"\n", "%s: %s\n", "  \"%s\": \"%s\",\n", "export %s='%s'\n", "<%[1]s>%[2]s</%[1]s>", "const %s = \"%s\";", "--%s %s\n", "%s => '%s'",
	}
}

// TestVisiblePlaceholdersAreNotReported counts, of values that visibly stand for
// others, how many count by default.
func TestVisiblePlaceholdersAreNotReported(t *testing.T) {
	_, e := builtin(t)
	total, reported := 0, map[string]int{}
	for _, key := range keysOfSecrets() {
		words := strings.ToLower(strings.NewReplacer("_", "-", " ", "-").Replace(key))
		for _, value := range []string{
			"your-" + words + "-here", "YOUR_" + strings.ToUpper(words) + "_HERE", "<" + words + ">", "<YOUR " + words + ">", "${" + strings.ToUpper(words) + "}", "{{ " + words + " }}",
			"{{" + words + "}}", "%" + strings.ToUpper(words) + "%", "$" + strings.ToUpper(strings.ReplaceAll(words, "-", "_")), "my-" + words, "my_" + words, "insert-" + words,
			"insert_your_" + words, "put-your-" + words + "-here", "enter-" + words, "some-" + words, "test-" + words, "test_" + words, "dummy-" + words, "dummy_" + words + "_123",
			"fake-" + words, "sample-" + words, "example-" + words, words + "-example", "mock-" + words, "replace-me", "replace_with_real_" + words, "REPLACE_ME", "changeme", "change-me", "CHANGE_ME_NOW",
			"changeit", "todo", "TODO-set-me", "FIXME", "TBD", "REDACTED", "[REDACTED]", "<redacted>", "**REDACTED**", "removed", "hidden", "secret", "password", "token", "key", "foo", "foobar", "bar", "baz",
			"xxx", "xxxx", "xxxxxxxx", strings.Repeat("x", 20), strings.Repeat("x", 32), strings.Repeat("X", 40), strings.Repeat("*", 4), strings.Repeat("*", 16), strings.Repeat(".", 8), "...",
			"000000", strings.Repeat("0", 16), strings.Repeat("0", 32), strings.Repeat("1", 16), strings.Repeat("a", 24), strings.Repeat("abc", 8), strings.Repeat("1234", 8), strings.Repeat("deadbeef", 4), "deadbeef", "cafebabe",
			"123456", "12345678", "1234567890", "1234567890abcdef", "0123456789abcdef0123456789abcdef", "abcdef1234567890", "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456",
			"zyxwvutsrqponmlkjihg", "9876543210", "98765432109876543210", "abc123", "abcd1234", "a1b2c3d4e5f6", "a1b2c3d4e5f6g7h8i9j0", "aabbccddeeff", "qwerty", "qwerty123", "asdfasdf", "asdfghjkl",
			"AKIA" + "IOSFODNN7" + "EXAMPLE", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + "EXAMPLEKEY", "sk-" + strings.Repeat("x", 24), "ghp_" + strings.Repeat("x", 36), "sk_test_" + strings.Repeat("0", 24),
			"00000000-0000-0000-0000-000000000000", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "11111111-2222-3333-4444-555555555555", "null", "nil", "None", "undefined", "true", "false", "N/A", "n/a", "empty", "unset", "not-set",
			"default", "test", "test123", "test1234", "testing", "testtest", "admin", "admin123", "root", "guest", "letmein", "hunter2", "s3cr3t", "p4ssw0rd", "P@ssw0rd", "passw0rd", "Passw0rd!", "Password1", "password123",
			"supersecret", "super-secret-" + words, "topsecret", "notasecret", "not-a-real-" + words, "this-is-a-secret", "thisisnotarealsecret", "this_is_my_" + words, "correct-horse-battery-staple", "lorem-ipsum-dolor",
			"process.env." + strings.ToUpper(strings.ReplaceAll(words, "-", "_")), "os.environ['X']", "vault:secret/data/app#" + words, "secretsmanager:prod/db", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
			"@Microsoft.KeyVault(SecretUri=https://kv)", "ref+vault://secret/x", "op://vault/item/field", "!vault", "ENC[AES256_GCM,data]", "placeholder", "PLACEHOLDER_VALUE", "<%= " + words + " %>", "#{" + words + "}", "__" + strings.ToUpper(words) + "__",
			"@@" + words + "@@", "blah", "blahblah", "hogehoge", "string", "value", "somevalue", "anything", "unknown", "invalid-" + words, "bogus", "wrong-" + words, "bad_" + words, "dummy", "sample", "demo", "demo123", "user:pass",
		} {
			for _, around := range surroundings() {
				text := fmt.Sprintf(around, key, value)
				if total++; best(e, text) > mudlark.Low {
					reported[value]++
				}
			}
		}
	}
	sum := 0
	for _, n := range reported {
		sum += n
	}
	t.Logf("%d of %d placeholders are reported", sum, total)
	if sum*1000 > total*5 {
		t.Errorf("%d of %d placeholders are reported: %v", sum, total, reported)
	}
}

// TestValuesOfSecretsAreReported is the other side: values as programs and people
// make them.
func TestValuesOfSecretsAreReported(t *testing.T) {
	_, e := builtin(t)
	random := rand.New(rand.NewPCG(13, 14))
	missed, total := map[string]int{}, 0
	for _, key := range keysOfSecrets() {
		templates := []string{"<base62 32>", "<base64 44>", "<base64url 43>", "<hex 32>", "<hex 40>", "<base62 20>", "<base64 24>", "<base62 64>", "<base32 26>"}
		if n := readName([]byte(key)); n.naming == namesPassword {
			templates = append(templates, "<ascii 10>", "<alnum 10>", "<ascii 16>", "<base62 12>", "<lower 5><digits 4>!", "<upper 1><lower 6>#<digits 2>", "<base64 16>")
		}
		for _, template := range templates {
			for _, around := range surroundings() {
				value := fill(t, template, random.Uint64())
				if strings.ContainsAny(value, "<>&'\"\\") {
					continue
				}
				if total++; best(e, fmt.Sprintf(around, key, value)) < mudlark.Medium {
					missed[fmt.Sprintf(around, key, template)]++
				}
			}
		}
	}
	t.Logf("%d of %d values are missed", len(missed), total)
	if len(missed)*100 > total*4 {
		t.Errorf("%d of %d values are missed: %v", len(missed), total, missed)
	}
}

func TestEvidenceHoldsNothingOfTheSecret(t *testing.T) {
	_, e := builtin(t)
	for _, value := range []string{"Sunflower" + "77!x", "my" + "password" + "Zebra9", "horse" + "battery#4"} {
		for _, f := range detect(e, "db_password: "+value+"\n") {
			for _, x := range f.Evidence {
				for size := 4; size <= len(value); size++ {
					for at := 0; at+size <= len(value); at++ {
						if part := strings.ToLower(value[at : at+size]); strings.Contains(strings.ToLower(x.Detail), part) && !strings.Contains("word", part) {
							t.Errorf("%q tells %q", x.Detail, part)
						}
					}
				}
			}
		}
	}
}

// What is explained as found is what is found, with the same confidence.
func TestExplainFindsWhatDetectFinds(t *testing.T) {
	set, e := builtin(t)
	a := newAuthor(t, set, 77)
	dropped := 0
	for range 40 {
		text := a.text(3000)
		want := detect(e, string(text))
		var got []mudlark.Finding
		last := int64(-1)
		e.Explain(mudlark.Chunk{Data: text}, func(x Explanation) {
			if x.Finding.Position.Offset < last {
				t.Errorf("out of order at %d", last)
			}
			if last = x.Finding.Position.Offset; x.Dropped == (mudlark.Evidence{}) {
				got = append(got, x.Finding)
			} else {
				dropped++
			}
		})
		if len(got) != len(want) {
			t.Fatalf("got %d findings, want %d", len(got), len(want))
		}
		for i := range got {
			if got[i].RuleID != want[i].RuleID || got[i].Position != want[i].Position || got[i].Confidence != want[i].Confidence {
				t.Errorf("got %s at %v, want %s at %v", got[i].RuleID, got[i].Position, want[i].RuleID, want[i].Position)
			}
		}
	}
	if dropped < 10 {
		t.Errorf("only %d were dropped", dropped)
	}
}

// The grade that decides among candidates is the one that the evidence comes to.
func TestEvidenceComesToTheConfidence(t *testing.T) {
	set, e := builtin(t)
	a := newAuthor(t, set, 78)
	for range 60 {
		for _, f := range detect(e, string(a.text(2000))) {
			points := 0
			for _, x := range f.Evidence {
				points += x.Effect
			}
			rule, _ := e.Rule(f.RuleID)
			most := rule.Confidence
			if most == mudlark.ConfidenceUnset {
				most = mudlark.Medium
			}
			if slices.ContainsFunc(f.Evidence, func(x mudlark.Evidence) bool { return x.Detail == guessedToo }) {
				most = max(most, mudlark.Medium)
			}
			if want := min(most, gradeOf(points)); f.Confidence != want {
				t.Errorf("%s: %v, but the evidence comes to %d: %v", f.RuleID, f.Confidence, points, f.Evidence)
			}
		}
	}
}
