package detectors

import (
	"math/rand/v2"
	"strings"
	"testing"
)

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func TestPlaceholders(t *testing.T) {
	for _, s := range []string{
		"aaaaaaaaaaaaaaaa", "xxxxxxxxxxxxxxxxxxxx", "0000000000", "ghp_" + strings.Repeat("x", 36), "sk-" + strings.Repeat("0", 40),
		"abcdefghijklmnopqrstuvwxyz", "1234567890123456", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "9876543210", "ABCDEFGHIJKLMNOP",
		"abcabcabcabc", "deadbeefdeadbeef", "a1b2c3a1b2c3a1b2c3", "AKIA" + "IOSFODNN7EXAMPLE", "your-api-key-here", "YOUR_TOKEN", "<your token>",
		"${TOKEN}", "{{ token }}", "[token]", "%TOKEN%", "REDACTED", "ghp_REPLACEMEWITHYOURTOKENxxxxxxxxxxxxxxx", "00000000-0000-0000-0000-000000000000",
	} {
		if placeholderKind([]byte(s), false) == "" {
			t.Errorf("%q is taken for a secret of a fixed form", s)
		}
	}
	for _, s := range []string{
		"password", "secret", "token", "changeme123", "test", "test1234", "admin", "foobar", "hunter2", "dummy-value", "my-secret-key",
		"sample_token", "hello world", "abc123", "qwerty12", "none", "string", "fake-key-1",
	} {
		if placeholderKind([]byte(s), true) == "" {
			t.Errorf("%q is taken for a secret", s)
		}
	}
}

// Random tokens are placeholders so seldom that it does not matter.
func TestRandomTextIsNoPlaceholder(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	alphabets := []string{digits62, "0123456789abcdef", "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", digits62 + "+/", digits62 + "-_"}
	lost := 0
	for round := range 60000 {
		alphabet := alphabets[round%len(alphabets)]
		text := make([]byte, 16+random.IntN(200))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		if placeholderKind(text, true) != "" {
			if lost++; placeholderKind(text, false) != "" && len(text) > 30 {
				t.Errorf("%s", text)
			}
		}
	}
	if lost > 60 {
		t.Errorf("%d of 60000 random values are taken for placeholders", lost)
	}
}

func TestWords(t *testing.T) {
	for _, s := range []string{"getAccessToken", "client_secret_name", "serviceAccountKey", "authorization", "my-config-value", "TestAddrStringAllocs", "github.com"} {
		if !wordlike([]byte(s)) {
			t.Errorf("%q is not taken for words", s)
		}
	}
	for _, s := range []string{"q7Rk2mXvW9zLp3Tn5Yb8", "xkcjvbwqpzmtr", "JbK4hZqXwV", "0f3a9c", "12345678"} {
		if wordlike([]byte(s)) {
			t.Errorf("%q is taken for words", s)
		}
	}
}

func TestNamesWithNumbers(t *testing.T) {
	for value, want := range map[string]bool{
		"process.hash.52512": true, "client-token-2": true, "serviceAccount12": true, "v2.access.token": true, "node_1_of_4_running": true,
		"abc1-def2-4711-xkcd": false, "52512.88123": false, "qz7kd.hash.92133377": false,
	} {
		if got := isNamePath([]byte(value)); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestRandomTextIsSeldomWords(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	lost := 0
	for range 10000 {
		text := make([]byte, 24)
		for i := range text {
			text[i] = digits62[random.IntN(62)]
		}
		if isNamePath(text) {
			lost++
		}
	}
	if lost > 150 {
		t.Errorf("%d of 10000 random values are taken for names", lost)
	}
}
