package detectors

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// What is public, or nothing without a key that is elsewhere, is no finding that
// counts, though it looks random.
func TestPublicAndSealedThingsAreNotReported(t *testing.T) {
	_, e := builtin(t)
	for name, template := range map[string]string{
		"certificate":         "-----BEGIN CERTIFICATE-----\nMII<base64 61>\n<base64 64>\n<base64 64>\n<base64 40>\n-----END CERTIFICATE-----\n",
		"certificate request": "-----BEGIN CERTIFICATE REQUEST-----\nMII<base64 61>\n<base64 64>\n-----END CERTIFICATE REQUEST-----\n",
		"public key":          "-----BEGIN PUBLIC KEY-----\nMII<base64 61>\n<base64 64>\n<base64 40>\n-----END PUBLIC KEY-----\n",
		"known host":          "git.acme.io ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA<base64 44>\n",
		"hashed host":         "|1|<base64 27>=|<base64 27>= ssh-rsa AAAAB3NzaC1yc2E<base64 300>\n",
		"authorized key":      "command=\"/bin/true\" ssh-rsa AAAAB3NzaC1yc2E<base64 300> deploy@acme\n",
		"sealed secret":       "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgA<base64 400>\n",
		"SOPS":                "password: ENC[AES256_GCM,data:<base64 24>,iv:<base64 43>=,tag:<base64 22>==,type:str]\n",
		"eyaml":               "db::password: ENC[PKCS7,<base64 400>]\n",
		"Spring Cloud":        "spring.datasource.password={cipher}<hex 128>\n",
		"Jasypt":              "spring.datasource.password=ENC(<base64 44>)\n",
		"vault transit":       "password: vault:v1:<base64 60>\n",
		"WireGuard peer":      "[Peer]\nPublicKey = <base64 42>A=\n",
		"age recipient":       "age1<base32lower 58>\n",
		"minisign public key": "untrusted comment: minisign public key <HEX 16>\nRW<base64 54>\n",
		"sample token":        "<sample jwt>",
	} {
		for _, seed := range seeds {
			text := strings.Replace(fill(t, template, seed), "<sample jwt>", sampleJWT(), 1)
			for _, f := range detect(e, text) {
				if f.Confidence > mudlark.Low {
					t.Errorf("%s: %s, %s, in %q", name, f.RuleID, f.Confidence, text)
				}
			}
		}
	}
}

// sampleJWT puts together the token that documentation shows.
func sampleJWT() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"1234567890","name":"John Doe","iat":1516239022}`) + "." + part("a signature of thirty-two letters")
}
