package rules

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shapes says what each blank must give.
var shapes = []struct{ template, want string }{
	{"<base62 36>", `[0-9A-Za-z]{36}`},
	{"<base58 40>", `[1-9A-HJ-NP-Za-km-z]{40}`},
	{"<hex 40>", `[0-9a-f]{40}`},
	{"<HEX 40>", `[0-9A-F]{40}`},
	{"<hex 20-40>", `[0-9a-f]{20,40}`},
	{"<digits 12>", `[0-9]{12}`},
	{"<lower 10>", `[a-z]{10}`},
	{"<upper 10>", `[A-Z]{10}`},
	{"<letters 10>", `[A-Za-z]{10}`},
	{"<alnum 32>", `[0-9a-z]{32}`},
	{"<ALNUM 16>", `[0-9A-Z]{16}`},
	{"<base32 16>", `[A-Z2-7]{16}`},
	{"<base32lower 52>", `[a-z2-7]{52}`},
	{"<base64 64>", `[0-9A-Za-z+/]{64}`},
	{"<base64 43>", `[0-9A-Za-z+/]{42}[AEIMQUYcgkosw048]`},
	{"<base64url 86>", `[0-9A-Za-z_-]{85}[AQgw]`},
	{"<base64 41>", `[0-9A-Za-z+/]{41}`},
	{"<ascii 20>", `[0-9A-Za-z][!-~]{18}[0-9A-Za-z]`},
	{"<ascii 1>", `[!-~]`},
	{"<word 8>", `[a-z]{8}`},
	{"<uuid>", `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`},
	{"ghp_<same 6>", `ghp_(aaaaaa|bbbbbb|cccccc|dddddd|eeeeee|ffffff)`},
	{"AKIA<same 6>", `AKIA(AAAAAA|BBBBBB|CCCCCC|DDDDDD|EEEEEE|FFFFFF)`},
	{"<jwt>", `eyJ[0-9A-Za-z_-]+\.eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]{43}`},
	{"<crc62 30>", `[0-9A-Za-z]{36}`},
	{"<github ghp_>", `ghp_[0-9A-Za-z]{36}`},
	{"<github ghr_>", `ghr_[0-9A-Za-z]{76}`},
	{"<github github_pat_>", `github_pat_11[0-9A-Za-z]{20}_[0-9A-Za-z]{59}`},
	{"<npm>", `npm_[0-9A-Za-z]{36}`},
	{"<gitlab-routable glpat->", `glpat-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{9}`},
	{"<grafana-sa>", `glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}`},
	{"<grafana-cloud>", `glc_eyJ[0-9A-Za-z+/=]{60,}`},
	{"<cloudflare cfut_>", `cfut_[0-9A-Za-z]{40}[0-9a-f]{8}`},
	{"<atlassian-api>", `ATATT3xFfGF0[0-9A-Za-z_-]{171}=[0-9A-F]{8}`},
	{"<atlassian ATCTT3xFfGN0>", `ATCTT3xFfGN0[0-9A-Za-z_-]{171}=[0-9A-F]{8}`},
	{"<atlassian ATBB>", `ATBB[0-9A-Za-z]{24}[0-9A-F]{8}`},
	{"<atlassian ATOA>", `ATOA[0-9A-Za-z]{64}[0-9A-F]{8}`},
	{"<confluent>", `cflt[0-9A-Za-z+/]{60}`},
	{"<honeybadger>", `hbp_[0-9A-Za-z]{36}`},
	{"<azure-entra>", `[0-9A-Za-z]{3}8Q~[0-9A-Za-z._~-]{34}`},
	{"<azure +ASt>", `[0-9A-Za-z+/]{76}\+ASt[0-9A-Za-z+/]{5}[AQgw]==`},
	{"<azure ACDb>", `[0-9A-Za-z+/]{76}ACDb[0-9A-Za-z+/]{5}[AQgw]==`},
	{"<azure AzFu>", `[0-9A-Za-z_-]{44}AzFu[0-9A-Za-z_-]{5}[AQgw]==`},
	{"<azure AzSe>", `[0-9A-Za-z]{42}AzSe[A-D][0-9A-Za-z]{5}`},
	{"<azure +ACR>", `[0-9A-Za-z+/]{42}\+ACR[A-D][0-9A-Za-z+/]{5}`},
	{"<azure +ASb>", `[0-9A-Za-z+/]{33}\+ASb[A-P][0-9A-Za-z+/]{5}=`},
	{"<azure-cask AZDO>", `[0-9A-Za-z]{52}JQQJ99B[A-L][0-9A-Za-z]{12}AAAAAZDO[0-9A-Za-z]{4}`},
	{"<azure-cask AAABACOG>", `[0-9A-Za-z]{52}JQQJ99B[A-L][0-9A-Za-z]{12}AAABACOG[0-9A-Za-z]{4}`},
	{"<jfrog>", `AKCp[1-9A-HJ-NP-Za-km-z]{69}`},
	{"<jfrog-reference>", `cmVmdGtu[0-9A-Za-z+/]{56}`},
	{"<aws-key-id AKIA>", `AKIA[A-Z2-7]{16}`},
	{"<age>", `AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}`},
	{"<matrix syt_>", `syt_[0-9A-Za-z+/]+_[0-9A-Za-z]{20}_[0-9A-Za-z]{6}`},
	{"<pem RSA PRIVATE KEY>", pemShape("RSA PRIVATE KEY", `(?:[0-9A-Za-z+/]{64}\n)+[0-9A-Za-z+/]{1,64}={0,2}\n`)},
	{"<pem EC PRIVATE KEY>", pemShape("EC PRIVATE KEY", `(?:[0-9A-Za-z+/]{64}\n)+[0-9A-Za-z+/]{1,64}={0,2}\n`)},
	{"<pem PRIVATE KEY>", pemShape("PRIVATE KEY", `MIIEv(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem ENCRYPTED PRIVATE KEY>", pemShape("ENCRYPTED PRIVATE KEY", `(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem OPENSSH PRIVATE KEY>", pemShape("OPENSSH PRIVATE KEY", `b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZ(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem-encrypted OPENSSH PRIVATE KEY>", pemShape("OPENSSH PRIVATE KEY", `b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem-encrypted DSA PRIVATE KEY>", pemShape("DSA PRIVATE KEY", `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,[0-9A-F]{32}\n\n(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem PGP PRIVATE KEY BLOCK>", pemShape("PGP PRIVATE KEY BLOCK", `\nlQ(?:[0-9A-Za-z+/]{1,64}={0,2}\n)+=[0-9A-Za-z+/]{4}\n`)},
	{"<pem ACME PRIVATE KEY>", pemShape("ACME PRIVATE KEY", `(?:[0-9A-Za-z+/=]+\n)+`)},
	{"<pem-line EC PRIVATE KEY>", `-----BEGIN` + ` EC PRIVATE KEY-----\\n(?:[0-9A-Za-z+/=]+\\n)+-----END EC PRIVATE KEY-----\\n`},
	{"<putty>", `(?s)PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n.*Private-MAC: [0-9a-f]{64}\n`},
	{"<putty-encrypted>", `(?s)PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\n.*Argon2.*Private-MAC: [0-9a-f]{64}\n`},
	{"a < b <unknown 3> <b>x</b> <", `a < b <unknown 3> <b>x</b> <`},
	{"", ``},
}

func pemShape(label, body string) string {
	return "-----BEGIN " + label + "-----\n" + body + "-----END " + label + "-----\n"
}

func TestFillGivesTheShape(t *testing.T) {
	for _, s := range shapes {
		want := regexp.MustCompile(`^(?:` + s.want + `)$`)
		seen := make(map[string]bool)
		for seed := range uint64(20) {
			got, err := Fill(s.template, seed)
			if err != nil {
				t.Fatalf("%s: %v", s.template, err)
			}
			if !want.MatchString(got) {
				t.Fatalf("%s, seed %d: got %q, want %s", s.template, seed, got, s.want)
			}
			if again, _ := Fill(s.template, seed); again != got {
				t.Fatalf("%s, seed %d: %q and %q", s.template, seed, got, again)
			}
			seen[got] = true
		}
		if len(seen) < 18 && strings.Contains(s.template, "<") && !strings.Contains(s.template, "same") &&
			!strings.Contains(s.template, "unknown") && !strings.Contains(s.template, "ascii 1>") {
			t.Errorf("%s: %d texts of 20 seeds", s.template, len(seen))
		}
	}
}

// The text of a template never changes: recorded findings depend on it. Texts
// are compared by hash, since they look like tokens.
func TestFillStaysTheSame(t *testing.T) {
	var b strings.Builder
	for _, s := range shapes {
		text, err := Fill(s.template, 7)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%x %s\n", sha256.Sum256([]byte(text)), s.template)
	}
	golden(t, "testdata/fill.golden", b.String())
}

func TestFilledLooksRandom(t *testing.T) {
	for _, c := range []struct {
		template string
		entropy  float64
		kinds    []string
	}{
		{"<hex 8>", 2, []string{digits, lowers}},
		{"<hex 32>", 3.2, []string{digits, lowers}},
		{"<hex 40>", 3.4, []string{digits, lowers}},
		{"<base62 12>", 3, []string{digits, lowers, uppers}},
		{"<base62 36>", 4.2, []string{digits, lowers, uppers}},
		{"<alnum 32>", 3.9, []string{digits, lowers}},
		{"<base64 40>", 4.3, []string{digits, lowers, uppers, "+/"}},
		{"<base32 16>", 3.2, []string{digits, uppers}},
		{"<ascii 12>", 3, []string{digits, lowers, uppers, signs}},
		{"<uuid>", 3, []string{digits, lowers}},
		{"<github ghp_>", 4, []string{digits, lowers, uppers}},
		{"<aws-key-id AKIA>", 3, []string{digits, uppers}},
	} {
		for seed := range uint64(300) {
			got, err := Fill(c.template, seed)
			if err != nil {
				t.Fatal(err)
			}
			if e := entropy(got); e < c.entropy {
				t.Errorf("%s, seed %d: entropy %.2f of %q", c.template, seed, e, got)
			}
			for _, kind := range c.kinds {
				if !strings.ContainsAny(got, kind) {
					t.Errorf("%s, seed %d: %q has none of %q", c.template, seed, got, kind)
				}
			}
		}
	}
}

func TestFillRefusesMalformedBlanks(t *testing.T) {
	for template, want := range map[string]string{
		"<hex>":                            "give a number of characters",
		"<hex 0>":                          "at least one",
		"<hex -3>":                         "give a number",
		"<hex 40-20>":                      "ends before it begins",
		"<hex 99999999>":                   "at most",
		"<hex 40":                          "no closing >",
		"<hex 4\n0>":                       "no closing >",
		"<uuid 3>":                         "no argument",
		"<npm x>":                          "no argument",
		"<github xyz_>":                    "no such prefix",
		"<github>":                         "no such prefix",
		"<cloudflare>":                     "begins with",
		"<atlassian X>":                    "no such prefix",
		"<azure ABCD>":                     "no such signature",
		"<azure-cask A>":                   "signature",
		"<azure-cask ~~~~>":                "not base64",
		"<pem>":                            "label",
		"<pem-encrypted PRIVATE KEY>":      "<pem ENCRYPTED PRIVATE KEY>",
		strings.Repeat("<hex 1048576>", 5): "longer than",
	} {
		got, err := Fill(template, 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %.40q and error %v, want one with %q", template, got, err, want)
		}
	}
}

func TestBadTokensDifferFromGoodOnes(t *testing.T) {
	for _, s := range shapes {
		name := blankName(strings.TrimPrefix(s.template, "<"))
		if checksummed(name) == nil {
			continue
		}
		bad := strings.Replace(s.template, name, name+"-bad", 1)
		for seed := range uint64(20) {
			f, g := filler{random: newRandom(s.template, seed)}, filler{random: newRandom(s.template, seed)}
			arg := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s.template, "<"+name), " "), ">")
			good, err := checksummed(name)(&f, arg)
			if err != nil {
				t.Fatal(err)
			}
			same, _ := checksummed(name)(&g, arg)
			if got := same.spoiled(); got == good.text || len(got) != len(good.text) {
				t.Errorf("%s: %q is not spoiled", bad, got)
			}
			if got, err := Fill(bad, seed); err != nil || !regexp.MustCompile(`^(?:`+s.want+`)$`).MatchString(got) && name != "jfrog" {
				t.Errorf("%s: %q, %v", bad, got, err)
			}
		}
	}
}

func fill(t *testing.T, template string, seed uint64) string {
	t.Helper()
	text, err := Fill(template, seed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// number reads a numeral of an alphabet, in a way of its own.
func readNumeral(s, alphabet string) string {
	n := new(big.Int)
	for i := range len(s) {
		n.Mul(n, big.NewInt(int64(len(alphabet))))
		n.Add(n, big.NewInt(int64(strings.IndexByte(alphabet, s[i]))))
	}
	return n.String()
}

// slowCRC is CRC-32 bit by bit.
func slowCRC(s string) uint32 {
	sum := ^uint32(0)
	for i := range len(s) {
		sum ^= uint32(s[i])
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0xedb88320
			} else {
				sum >>= 1
			}
		}
	}
	return ^sum
}

func TestChecksumsAreRight(t *testing.T) {
	upperFirst, lowerFirst, base36 := digits+uppers+lowers, digits+lowers+uppers, digits+lowers
	for seed := range uint64(50) {
		for _, prefix := range []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"} {
			s := fill(t, "<github "+prefix+">", seed)
			body, sum := s[4:len(s)-6], s[len(s)-6:]
			if got := readNumeral(sum, upperFirst); got != fmt.Sprint(slowCRC(body)) {
				t.Errorf("%s: %s", prefix, got)
			}
		}
		s := fill(t, "<npm>", seed)
		if readNumeral(s[34:], upperFirst) != fmt.Sprint(slowCRC(s[4:34])) {
			t.Error("npm")
		}
		s = fill(t, "<honeybadger>", seed)
		if readNumeral(s[34:], lowerFirst) != fmt.Sprint(slowCRC(s[:34])) {
			t.Error("honeybadger")
		}
		s = fill(t, "<gitlab-routable glpat->", seed)
		if readNumeral(s[len(s)-7:], base36) != fmt.Sprint(slowCRC(s[:len(s)-7])) {
			t.Error("gitlab")
		}
		s = fill(t, "<matrix syt_>", seed)
		if readNumeral(s[len(s)-6:], upperFirst) != fmt.Sprint(slowCRC(s[:len(s)-7])) {
			t.Error("matrix")
		}
		s = fill(t, "<cloudflare cfat_>", seed)
		if s[45:] != fmt.Sprintf("%08x", slowCRC(s[5:45])) {
			t.Error("cloudflare")
		}
		s = fill(t, "<atlassian-api>", seed)
		if s[184:] != fmt.Sprintf("%08X", slowCRC(s[:184])) {
			t.Error("atlassian")
		}
		s = fill(t, "<grafana-sa>", seed)
		if sum := slowCRC(s[:37]); s[38:] != fmt.Sprintf("%02x%02x%02x%02x", byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)) {
			t.Error("grafana")
		}
		s = fill(t, "<confluent>", seed)
		sum := slowCRC(s[4:58])
		if raw, err := base64.RawStdEncoding.DecodeString(s[58:]); err != nil || !slices.Equal(raw, []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}) {
			t.Error("confluent")
		}
		s = fill(t, "<github github_pat_>", seed)
		hash := sha256.Sum256([]byte(s[:77]))
		n := new(big.Int).SetBytes(hash[:5])
		if readNumeral(s[77:85], uppers+"234567") != n.String() {
			t.Error("github_pat_")
		}
	}
}

func TestJFrogKeyHoldsItsChecksum(t *testing.T) {
	for seed := range uint64(20) {
		s := fill(t, "<jfrog>", seed)
		n, ok := new(big.Int).SetString(readNumeral(s[2:], "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"), 10)
		if !ok {
			t.Fatal(s)
		}
		data := n.Bytes()
		if len(data) != 52 {
			t.Fatalf("%d bytes", len(data))
		}
		once := sha256.Sum256(data[:50])
		twice := sha256.Sum256(once[:])
		if !slices.Equal(data[50:], twice[:2]) {
			t.Error("checksum")
		}
	}
}

// The values are those of the tests of .NET's implementation, whose hash is the
// XOR of the two words given here.
func TestMarvin32(t *testing.T) {
	seed, _ := hex.DecodeString("004fb61a001bdbcc")
	for _, c := range []struct {
		data string
		want uint64
	}{
		{"", 0x30ED35C100CD3C7D},
		{"af", 0x48E73FC77D75DDC1},
		{"e70f", 0xB5F6E1FC485DBFF8},
		{"37f495", 0xF0B07C789B8CF7E8},
		{"8642dc59", 0x7008F2E87E9CF556},
		{"153fb79826", 0xE6C08C6DA2AFA997},
	} {
		data, _ := hex.DecodeString(c.data)
		if got, want := marvin32(string(seed), data), uint32(c.want>>32)^uint32(c.want); got != want {
			t.Errorf("%s: got %08x, want %08x", c.data, got, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	if got := bech32("a", nil); got != "a12uel5l" { // of BIP 173
		t.Errorf("bech32: %s", got)
	}
	if got := encodeBase58([]byte("Hello World!")); got != "2NEpo7TZRRrLZSi2U" {
		t.Errorf("base58: %s", got)
	}
	if got := crc24([]byte("123456789")); got != 0x21cf02 {
		t.Errorf("crc24: %x", got)
	}
}

func FuzzFill(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.template, uint64(1))
	}
	f.Add("<hex 1-9><pem-line X><github-bad gho_>", uint64(2))
	f.Fuzz(func(t *testing.T, template string, seed uint64) {
		got, err := Fill(template, seed)
		again, errAgain := Fill(template, seed)
		if got != again || (err == nil) != (errAgain == nil) {
			t.Errorf("%q and %q", got, again)
		}
		if !strings.Contains(template, "<") && got != template {
			t.Errorf("got %q", got)
		}
	})
}
