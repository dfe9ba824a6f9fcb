package rules

import "testing"

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Builtin()
	}
}

func BenchmarkSource(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Source(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseOnTopOfBuiltin(b *testing.B) {
	text := []byte("[extend]\nuseDefault = true\n[[rules]]\nid = \"acme\"\nregex = '''acme_[a-z]{20}'''\n[[allowlists]]\npaths = ['''docs/''']\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("x.toml", text); err != nil {
			b.Fatal(err)
		}
	}
}
