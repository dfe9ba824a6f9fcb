package detectors

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestDeltaSeesEveryEdit makes small edits everywhere in text that is read over
// many bytes and line ends.
func TestDeltaSeesEveryEdit(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine does all")
	}
	far := strings.Repeat(" ", 60)
	long := strings.Repeat("a4k9z2", 50)
	id := strings.Repeat("n", 70)
	snippets := []string{
		"key=\"Vq7Rk2mX\"", "key: Vq7Rk2mX\n", "<key>Vq7Rk2mX\n" + far + "</key>", "<key>\n" + far + "Vq7Rk2mX\n" + far + "</key>\nx",
		"key = \"\n\n" + far + "Vq7Rk2mX\n\n" + far + "\" x", "key:\n" + far + "Vq7Rk2mX", "key:\n" + far + "\"Vq7Rk2mX\n" + far + "\"" + far + "\nend",
		"key: |\n" + far + "Vq7Rk2mX\n" + far + "x: y", "- name: \"key\"\n" + far + "\n" + far + "value: \"\n" + far + "Vq7Rk2mX\n" + far + "\"\n",
		"variable \"key\" {\n  type = x\n  note = \"" + id + id + "\"\n  default = \"\n" + far + "Vq7Rk2mX\n" + far + "\"\n}\n",
		"<dict>\n<key>key</" + id + "\n>" + far + "\n" + far + "<string " + id + ">\n" + far + "Vq7Rk2mX\n" + far + "</string>",
		"key = env[" + id + "\n] || \"\n" + far + "Vq7Rk2mX\n" + far + "\"", "key: \n" + far + "str(\"\n" + far + "Vq7Rk2mX\n" + far + "\"" + far + ")\n",
		"key = getenv(\"\n" + far + "NAME\n" + far + "\" , \"\n" + far + "Vq7Rk2mX\n" + far + "\")", "setkey(\"\n" + far + "Vq7Rk2mX\n" + far + "\"" + far + ")",
		"\"key\",\n" + far + "\"Vq7Rk2mX\"", "\"key\", \"Vq7Rk2mX\n" + far + "\" : x", "key" + far + id + "=\"Vq7Rk2mX\"", id + "key_" + id + ": \"Vq7Rk2mX\"",
		"datadog(a_" + id + " = \"\n" + far + "Vq7Rk2mX\n\", b=\"\nVb5Tn8wZ\n\")", "machine h" + far + "login u" + far + "password Vq7Rk2mXx" + far + "\n",
		"key=\"\"\"\n" + far + "Vq7Rk2mX\n" + far + "\"\"\"", "key=\\\"\n" + far + "Vq7Rk2mX\n" + far + "\\\"", "key=${X" + id + ":-Vq7Rk2mX" + id + "}",
		"key = \"" + long + "\nVq7Rk2mX\"", "key = \"" + long + "Vq7Rk2mX" + long + long + "\" \\\n# x", "?key=Vq7Rk2mX#" + id + "&key=Vb5Tn8wZ",
		"key=Vq7Rk2mX mudlark:allow", "# mudlark:allow-next-line\nkey=Vq7Rk2mX\n", "// secretlint-disable\n" + id + "\nkey=Vq7Rk2mX", "# pragma: allowlist secret\nkey=Vq7Rk2mX # pragma: allowlist secret",
		"{\"value\": \"Vq7Rk2mX\",\n\"type\": \"" + id + "\",\n\"name\": \"key\"}", "- value: Vq7Rk2mX\n" + far + "\n  name: key\n", "x." + id + " = \"Vq7Rk2mX\" == key",
		"{\"name\": \"key\",\n\"type\": \"" + id + "\",\n\"x\": {},\n\"value\": \"Vq7Rk2mX\"}", "<property name=\"key\" type=\"" + id + "\">\n" + far + "<value>\n" + far + "Vq7Rk2mX</value>",
		"datadog:\n  x: " + id + "\n  y: " + id + "\n  a_key: Vq7Rk2mX\n", "# datadog\n\n" + id + "\nname: a" + far + "\nother: z\n" + far + "value: Vq7Rk2mX\n",
		"a" + id + "=Vq7Rk2mX # " + id + " datadog", "[datadog]\na=b\n[other]\na=Vq7Rk2mX\nb=Vb5Tn8wZ\n", "the Datadog a key for " + id[:30] + " is Vq7Rk2mX.",
		"user,key," + id + "\na,Vq7Rk2mX," + id + "\nb,Vb5Tn8wZ," + id + id + "\nc,Vc5Tn8wZ,x\nd,Ve5Tn8wZ,x\ne,Vf5Tn8wZ,x\n", "key: Option[" + id[:40] + "] = \n" + far + "Some(\"Vq7Rk2mX\")\n",
		"setkey(\n" + far + "\"" + id + "\",\n" + far + id + ",\n" + far + "\"Vq7Rk2mX\"\n" + far + ")", "datadog -a\nx=1\nsetkey(\"" + id + "\",\n" + far + "\"Vq7Rk2mX\")",
		"form-data; name=\"key\"\n\nVq7Rk2mX\n", "args:\n" + far + "- --key\n" + far + "- Vq7Rk2mX\n", "key =\n" + far + "(\n" + far + "\"Vq7Rk2mX\"\n" + far + "\"x\")\n",
		"a=Vq7Rk2mX\nb=1\nc=2\nname=" + id[:20] + "datadog", "datadog" + far[:50] + "\nx" + far[:50] + "\nx" + far[:50] + "\n- name: abc" + far + "\np: q" + far + "\np: q" + far + "\n  value: \n" + far + "\"\n" + far + "Vq7Rk2mX\"\n",
		"a: Vq7Rk2mX\nb: " + id + "\nname: datadog\n", "a \\\n -H \"a: Vq7Rk2mX\" \\\n  https://" + id + ".datadog.com\n", "a=1\na=Vq7Rk2mX\n\nb=" + id + "datadog\n",
		"x: S1zZ\n" + strings.Repeat("\n", 40) + "y: S2zZ", "tok_" + long[:10] + "\n,tok_" + long[:10] + ",tok_" + long[:10] + "\n",
		"begin " + long + "\n\n" + long + " end", "end" + id + "\nbegin\n" + id + "\nend\nend",
		"x = \"" + base64.StdEncoding.EncodeToString([]byte(`key="Vq7Rk2mX" and some more text behind it`)) + "\"\n", "%6bey%3dVq7Rk2mX " + id + id + id + id + id + "\n&#107;ey=Vq7Rk2mX\n",
		"INSERT INTO t (a" + id + ", \"key\",\nx" + far + ")\n" + far + "VALUES" + far + "\n" + far + "('" + id + id + "',\n" + far + "'Vq7Rk2mX', 1)",
		"INSERT INTO t (a, key, x" + id + ") VALUES (" + strings.Repeat(id+far, 5) + ",'Vq7Rk2mX')", "INSERT INTO t (key)\nVALUES\n(\n'Vq7Rk2mX" + long + "'\n)",
		"key:\n" + far + "Type: " + id + "\n" + far + "x: y\n" + far + "Default: Vq7Rk2mX\n", "key=Vq7Rk2mX" + strings.Repeat(long, 6) + " x", "the key:\nVq7Rk2mX9k8j7h6g\n",
		id[:30] + ".setenv(\"key\", \"Vq7Rk2mX\")", "buildConfigField \"String\", \"key\", '\"Vq7Rk2mX\"'", "{key, <<\"Vq7Rk2mX\">>}, x", "the `key` \"Vq7Rk2mX9k8j7h6g\" x",
		"key=\"\\u0056" + far + far + far + far + "\\u0056q7Rk2mX" + far + far + far + far + far + "\\u0056\"",
	}
	list := []rules.Rule{
		{ID: "a", Regex: `(?s).*V[0-9A-Za-z]{7}.*`, Detector: "assignment", Keywords: []string{"key", "password", "datadog"}},
		{ID: "b", Regex: `(?s).*V[0-9A-Za-z]{7}.*`, Detector: "assignment", Keywords: []string{"datadog", "machine", "key"}, Key: `^[ab]|key`},
		{ID: "c", Regex: `\btok_([0-9a-z]{10})(?:\W|$)`, Keywords: []string{"tok_"}},
		{ID: "d", Regex: `(?s)begin.*?end`, Keywords: []string{"begin"}},
		{ID: "e", Regex: `S1[a-zA-Z]+`, Keywords: []string{"s1"}, Required: []rules.Required{{ID: "f"}}},
		{ID: "f", Regex: `S2[a-zA-Z]+`, Keywords: []string{"s2"}, SkipReport: true},
	}
	engines := []*Engine{engine(t, set(list...), Options{}), engine(t, set(list[0]), Options{DecodeDepth: -1}), engine(t, set(list[1]), Options{DecodeDepth: -1})}
	quiet := []byte(strings.Repeat("Quiet text\n", 400))
	deltas, found := 0, 0
	for _, snippet := range snippets {
		base := slices.Concat(quiet, []byte(snippet), []byte("\n"), quiet)
		for _, e := range engines {
			d := &mudlark.Delta{}
			f, _ := detectChunk(e, mudlark.Chunk{Data: base, Delta: d})
			found += len(f)
			for at := len(quiet) - 2; at <= len(quiet)+len(snippet)+2; at += max(1, 6/soak()) {
				for _, edit := range []struct {
					drop int
					text string
				}{{1, ""}, {0, "\n"}, {0, "\""}, {1, "x"}, {0, "<key> "}, {9, ""}, {0, ""}} {
					var m made
					m.copy(base, 0, at)
					m.data = append(m.data, edit.text...)
					m.copy(base, at+edit.drop, len(base))
					if usesDelta(e, mudlark.Chunk{Data: m.data, Delta: &mudlark.Delta{Copies: m.copies, Base: d.Keep}}) {
						deltas++
					}
					keep, _, ok := compareWithWhole(t, e, d.Keep, m)
					var back made // and undone
					back.copy(m.data, 0, at)
					back.data = append(back.data, base[at:at+edit.drop]...)
					back.copy(m.data, at+len(edit.text), len(m.data))
					if !bytes.Equal(back.data, base) {
						t.Fatal("not undone")
					}
					if _, _, undone := compareWithWhole(t, e, keep, back); !ok || !undone {
						t.Fatalf("%q: at %d, %+v", snippet, at-len(quiet), edit)
					}
				}
			}
		}
	}
	t.Logf("%d deltas, %d findings", deltas, found)
}
