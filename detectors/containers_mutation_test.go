package detectors

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	neturl "net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// A notation is a way in which a secret stands, with its key or without:
// {value} or, as addresses have it, {query}; {key} or, as options and headers
// have it, {name}.
type notation struct {
	name, text string
}

func notations() []notation {
	return []notation{
		{"env", "{key}={value}\n"},
		{"yaml", "app:\n  {key}: {value}\n"},
		{"yaml quoted", "{key}: '{value}'\n"},
		{"json", "{\n  \"{key}\": \"{value}\",\n  \"x\": 1\n}\n"},
		{"json in one line", `{"id":1,"{key}":"{value}"}`},
		{"name and value", `{"name": "{key}", "value": "{value}"}`},
		{"key and value", `[{"key": "{key}", "value": "{value}"}]`},
		{"yaml name and value", "env:\n  - name: {key}\n    value: {value}\n"},
		{"arrow", "'{key}' => '{value}',\n"},
		{"element", "<config>\n  <{key}>{value}</{key}>\n</config>\n"},
		{"attributes", `<add key="{key}" value="{value}"/>`},
		{"attributes, named", `<property name="{key}" value="{value}" />`},
		{"plist", "<key>{key}</key>\n\t<string>{value}</string>\n"},
		{"properties", "app.name=shop\n{key} = {value}\n"},
		{"ini", "[service]\n{key} = {value}\n"},
		{"toml", "[service]\n{key} = \"{value}\"\n"},
		{"hcl", "provider \"x\" {\n  {key} = \"{value}\"\n}\n"},
		{"hcl variable", "variable \"{key}\" {\n  type    = string\n  default = \"{value}\"\n}\n"},
		{"dockerfile", "FROM alpine\nENV {key}={value}\n"},
		{"dockerfile, blank", "FROM alpine\nENV {key} {value}\n"},
		{"export", "export {key}=\"{value}\"\n"},
		{"export bare", "export {key}={value} && run\n"},
		{"option", "tool --{name} {value} --verbose\n"},
		{"option, equals", "tool --{name}={value} run\n"},
		{"option, one dash", "Connect-Tool -{name} '{value}' -Force\n"},
		{"header", "{name}: {value}\r\n"},
		{"curl header", `curl -H "{name}: {value}" https://internal.acme.io/v1`},
		{"sql", "INSERT INTO settings (name, value) VALUES ('{key}', '{value}');\n"},
		{"sql set", "UPDATE settings SET {key} = '{value}' WHERE id = 1;\n"},
		{"call", "os.Setenv(\"{key}\", \"{value}\")\n"},
		{"named argument", "client = connect(host, {key}=\"{value}\")\n"},
		{"constant", "const {key} = \"{value}\";\n"},
		{"index", "os.environ['{key}'] = '{value}'\n"},
		{"comment", "# {key}: {value}\n"},
		{"comment, slashes", "// {key} = {value}\n"},
		{"prose", "Please note that the {key} is {value}.\n"},
		{"prose, quoted", "Set the {key} to \"{value}\" first.\n"},
		{"log", "2024-03-11 08:14:02 INFO [main] started {key}={value} user=1\n"},
		{"log, json", "08:14:02 DEBUG body: {\\\"{key}\\\":\\\"{value}\\\"}\n"},
		{"tabs", "{key}\t{value}\n"},
		{"tabs in a row", "7\t{key}\t{value}\tprod\n"},
		{"cells", "| {key} | {value} | prod |\n"},
		{"notebook", "  \"source\": [\n    \"{key} = \\\"{value}\\\"\\n\",\n    \"run()\"\n  ]\n"},
		{"query", "https://internal.acme.io/v1/items?{key}={query}&page=2\n"},
	}
}

// bareNotations are those in which no name stands, so that the shape of the
// secret must do.
func bareNotations() []notation {
	return []notation{
		{"short option", "tool -p {value} run\n"},
		{"bearer", "Authorization: Bearer {value}\n"},
		{"token header", "curl -H 'Authorization: token {value}' https://internal.acme.io/v1\n"},
		{"login", "login(\"deploy\", \"{value}\")\n"},
		{"list", "[\"a\", \"{value}\", \"b\"]\n"},
		{"alone", "{value}\n"},
		{"prose without name", "I used {value} for it.\n"},
		{"parentheses", "see the old one ({value})\n"},
		{"xml text", "<a>{value}</a>"},
		{"markdown code", "run it with `{value}` as usual\n"},
		{"quoted twice", `run '{"x":"{value}"}'`},
	}
}

// passwordNotations say themselves that a password stands there, so that rules
// about that may have it too.
func passwordNotations() []notation {
	return []notation{
		{"curl user", "curl -u {value}: https://internal.acme.io/v1\n"},
		{"curl password", "curl -u deploy:{value} https://internal.acme.io/v1\n"},
		{"sql identified by", "CREATE USER app IDENTIFIED BY '{value}';\n"},
		{"sql password", "ALTER ROLE app WITH PASSWORD '{value}';\n"},
	}
}

// fill puts a key and a value into the container, and says where the value is.
func (c *notation) fill(key, value string) (text string, at mudlark.Span) {
	before, after, query := strings.Cut(c.text, "{query}")
	if query {
		value = neturl.QueryEscape(value)
	} else {
		before, after, _ = strings.Cut(c.text, "{value}")
	}
	names := strings.NewReplacer("{key}", key, "{name}", dashed(key))
	before, after = names.Replace(before), names.Replace(after)
	return before + value + after, mudlark.Span{Start: len(before), End: len(before) + len(value)}
}

func (c *notation) dashes() bool { return strings.Contains(c.text, "{name}") }

// dashed returns a name as options and headers have it.
func dashed(key string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(key)
}

// isMovable reports whether a value can stand in every container as it is.
func isMovable(value string) bool {
	return strings.IndexFunc(value, func(c rune) bool {
		return !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune("!*+./:=@^_~%-", c))
	}) < 0
}

// movable returns what of a subject can be moved: the secret, or the address that
// it is part of. It has none if the rule needs more around it.
func (s *subject) movable() (token string, ok bool) {
	for _, token := range []string{s.secret(), strings.Trim(s.match, " \t\r\n\"'`,;()<>")} {
		if isMovable(token) && (token == s.secret() || strings.Contains(token, "://")) && s.graded(token, mudlark.Span{End: len(token)}) >= s.grade {
			return token, true
		}
	}
	return "", false
}

// TestStructuredSecretsAreFoundInAllContainers moves what is known by its shape.
// The key means nothing, so that nothing else can be what it is found by.
func TestStructuredSecretsAreFoundInAllContainers(t *testing.T) {
	known := exceptions{list: []exception{
		{"1password-service-account-token", "query", "its escaped padding is left out"},
		{"adyen-api-key", "", "the key ends in signs of any kind, so that what stands behind it may be taken for more of them"},
		{"paseto-token", "prose", "a full stop may begin the token's last part"},
	}}
	tested := make(map[string]bool)
	count := 0
	all := subjects(t, 3)
	for i := range all {
		s := &all[i]
		if s.rule.SkipReport || s.rule.Detector == "assignment" || s.isPair() {
			continue
		}
		token, ok := s.movable()
		if !ok {
			continue
		}
		tested[s.rule.ID] = true
		check := func(n notation, found func(text string, at mudlark.Span) bool) {
			count++
			if text, at := n.fill("SERVICE_TOKEN", token); !found(text, at) && !known.cover(s.rule.ID, n.name) {
				t.Errorf("%s:%d: %s: %s: not found, or not as %v, in %s", s.rule.File, s.rule.Line, s.rule.ID, n.name, s.grade, masked(text))
			}
		}
		for _, n := range slices.Concat(notations(), bareNotations()) {
			check(n, func(text string, at mudlark.Span) bool { return s.moved(text, at) >= s.grade })
		}
		for _, n := range passwordNotations() {
			if !strings.Contains(token, "://") {
				check(n, func(text string, at mudlark.Span) bool { return s.moved(text, at) >= s.grade || s.otherwise(text, at) })
			}
		}
	}
	t.Logf("%d rules, %d texts", len(tested), count)
	if len(tested) < 500 {
		t.Errorf("%d rules were tested, want 500 or more", len(tested))
	}
	known.report(t)
}

// TestAssignedSecretsAreFoundInAllContainers moves keys and values of rules that
// know a secret by its key, where the key has the rule's word.
func TestAssignedSecretsAreFoundInAllContainers(t *testing.T) {
	all := subjects(t, 3)
	shares := make(map[string]*share)
	tested := make(map[string]bool)
	for i := range all {
		s := &all[i]
		if s.rule.SkipReport || s.rule.Detector != "assignment" || s.isPair() || s.grade < mudlark.Medium || !isMovable(s.secret()) || !s.names(s.key) {
			continue
		}
		tested[s.rule.ID] = true
		for _, n := range notations() {
			if n.dashes() && !s.names(dashed(s.key)) {
				continue
			}
			text, at := n.fill(s.key, s.secret())
			found := s.moved(text, at) >= mudlark.Medium || s.otherwise(text, at)
			add(shares, n.name, found)
			if !found {
				t.Logf("%s:%d: %s: %s: not found in %s", s.rule.File, s.rule.Line, s.rule.ID, n.name, masked(text))
			}
		}
	}
	t.Logf("%d rules", len(tested))
	if len(tested) < 1000 {
		t.Errorf("%d rules were tested, want 1,000 or more", len(tested))
	}
	checkShares(t, shares, 98, []floor{{"tabs in a row", 93}})
}

// otherwise reports whether some rule finds something at span that counts.
func (s *subject) otherwise(text string, span mudlark.Span) bool {
	return slices.ContainsFunc(detect(s.e, text), func(f mudlark.Finding) bool {
		at := int(f.Position.Offset)
		return f.Confidence >= mudlark.Medium && span.Touches(mudlark.Span{Start: at, End: at + 1})
	})
}

// isPair reports whether the rule wants something else near by.
func (s *subject) isPair() bool { return len(s.rule.Required)+len(s.rule.Companions) > 0 }

// names reports whether a key by itself wakes the subject's rule.
func (s *subject) names(key string) bool {
	lower := asciiLower(key)
	r := s.e.find(s.rule.ID)
	return key != "" && slices.ContainsFunc(s.rule.Keywords, func(k string) bool { return strings.Contains(lower, k) }) && r.acceptsKey([]byte(key))
}

// encoded returns a text in encodings that are looked through, as the value of a
// key.
func encoded(text string) []notation {
	standard := base64.StdEncoding.EncodeToString([]byte(text))
	list := []notation{
		{"base64", standard},
		{"base64 of addresses", base64.RawURLEncoding.EncodeToString([]byte(text))},
		{"base64 twice", base64.StdEncoding.EncodeToString([]byte(standard))},
		{"hex", hex.EncodeToString([]byte(text))},
		{"percent", strings.ReplaceAll(neturl.QueryEscape(text), "+", "%20")},
	}
	for i := range list {
		list[i].text = "payload: \"" + list[i].text + "\"\n"
	}
	return list
}

// TestSecretsAreFoundInEncodedExamples encodes examples as lines of a file, in
// which every secret must be found, but for a few between escapes of addresses.
//
// One thing is known not to be seen always, and counted: an encoded text that is
// one line. The quotes at its ends run into those around it.
func TestSecretsAreFoundInEncodedExamples(t *testing.T) {
	shares := make(map[string]*share)
	all := subjects(t, 4)
	for i := range all {
		s := &all[i]
		if s.rule.SkipReport {
			continue
		}
		for _, n := range encoded("# settings\n" + s.text + "\n") {
			got := s.graded(n.text, mudlark.Span{End: len(n.text)})
			add(shares, n.name, got >= s.grade)
			if n.name != "percent" && got < s.grade {
				t.Errorf("%s:%d: %s: %s: %v, want %v, of %s", s.rule.File, s.rule.Line, s.rule.ID, n.name, got, s.grade, masked(s.text))
			}
		}
		for _, n := range encoded(s.text) {
			add(shares, n.name+" of a line", s.graded(n.text, mudlark.Span{End: len(n.text)}) >= s.grade)
		}
	}
	checkShares(t, shares, 100, []floor{
		{"base64 of a line", 87}, {"base64 of addresses of a line", 87}, {"base64 twice of a line", 87}, {"hex of a line", 87},
		{"percent", 98}, {"percent of a line", 86},
	})
}

// A share counts what was found.
type share struct{ found, of int }

func (s *share) percent() float64 { return 100 * float64(s.found) / float64(s.of) }

func add(shares map[string]*share, name string, found bool) {
	s := shares[name]
	if s == nil {
		s = new(share)
		shares[name] = s
	}
	s.of++
	s.found += b2i(found)
}

// A floor is the share that must be found at least, in percent.
type floor struct {
	name  string
	least float64
}

// checkShares complains about shares below least, or below the floors of those
// that have one, and about floors that are much too low.
func checkShares(t *testing.T, shares map[string]*share, least float64, floors []floor) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		got, want := shares[name].percent(), least
		if i := slices.IndexFunc(floors, func(f floor) bool { return f.name == name }); i >= 0 {
			if want = floors[i].least; got >= want+3 {
				t.Errorf("%s: %.1f%% is much more than its floor of %v%%: raise that", name, got, want)
			}
		}
		t.Logf("%-30s %5.1f%% of %d", name, got, shares[name].of)
		if got < want {
			t.Errorf("%s: %.1f%%, want %v%% or more", name, got, want)
		}
	}
}
