package scanner_test

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
)

// The commits of the files below.
const (
	commitOne = "1111111111222222222233333333334444444444"
	commitTwo = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
)

// A placed text is what a file holds, and the commit that brought it.
type placedText struct{ path, commit, text string }

type placedTexts []placedText

func (s placedTexts) Chunks(_ context.Context, yield mudlark.Yield) error {
	for _, p := range s {
		o := mudlark.Origin{Source: "test", Path: p.path, Commit: &mudlark.Commit{ID: p.commit}}
		if err := yield(mudlark.Chunk{Data: []byte(p.text), Origin: o}, nil); err != nil {
			return err
		}
		o.Part = "path name"
		if err := yield(mudlark.Chunk{Data: []byte(p.path), Origin: o}, nil); err != nil {
			return err
		}
	}
	return nil
}

// gitleaksCorpus has four tokens, A to D, a word of eight letters E, of which no two
// are the same, a token F of a kind that is built in, and a file P that its name gives
// away.
func gitleaksCorpus(t *testing.T) (placedTexts, map[string]string) {
	t.Helper()
	builtin, err := rules.Fill("<github ghp_>", 5)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{
		"tok_k4f7q2m9zx1b": "A", "tok_p8d3w6n5vh2c": "B", "tok_j7s1t9r4ye6g": "C", "tok_h2v8c5b3nq7w": "D", "qzxvkwjp": "E", builtin: "F",
		"config/id.pem": "P",
	}
	return placedTexts{
		{"src/app.txt", commitOne, "first = tok_k4f7q2m9zx1b\nsecond = tok_p8d3w6n5vh2c # remark\neight = qzxvkwjp\n"},
		{"src/other.txt", commitTwo, "third = tok_j7s1t9r4ye6g\n"},
		{"docs/app.md", commitTwo, "fourth = tok_h2v8c5b3nq7w\n"},
		{"config/id.pem", commitTwo, "nothing\n"},
		{"src/builtin.txt", commitTwo, "see " + builtin + "\n"},
	}, names
}

const (
	ruleTok = "[[rules]]\nid = \"tok\"\ndescription = \"a token\"\nregex = '''\\w+ = (tok_[0-9a-z]{12})'''\nsecretGroup = 1\nkeywords = [\"tok_\"]\n"
	ruleTwo = "[[rules]]\nid = \"two\"\nregex = '''eight = ([a-z]{8})'''\n"
)

// TestGitleaksConfigurations: what gitleaks' manual says of its configuration, told
// by what is left of the same findings. The expectations are made by hand.
func TestGitleaksConfigurations(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		want         string // the findings that are left, or "error: " and what it says
		files        map[string]string
	}{
		{name: "a rule", config: ruleTok, want: "A B C D"},
		{name: "keys have no case", config: strings.NewReplacer("id =", "ID =", "secretGroup", "secretgroup", "[[rules]]", "[[Rules]]").Replace(ruleTok), want: "A B C D"},
		{name: "unknown keys are ignored", config: "title = \"x\"\nminVersion = \"v99.0.0\"\nunknown = 1\n" + ruleTok + "more = true\n", want: "A B C D"},
		{name: "a keyword that is not there", config: strings.Replace(ruleTok, `"tok_"`, `"nope"`, 1), want: ""},
		{name: "keywords have no case", config: strings.Replace(ruleTok, `"tok_"`, `"TOK_"`, 1), want: "A B C D"},
		{name: "one keyword is enough, anywhere", config: strings.Replace(ruleTok, `"tok_"`, `"nope", "remark"`, 1), want: "A B"},
		{name: "no keyword", config: strings.Replace(ruleTok, `"tok_"`, ``, 1), want: "A B C D"},
		{name: "the first group is the secret", config: strings.Replace(ruleTok, "secretGroup = 1", "", 1), want: "A B C D"},
		{name: "entropy must be greater", config: ruleTwo + "entropy = 3\n", want: ""},
		{name: "entropy is greater", config: ruleTwo + "entropy = 2.99\n", want: "E"},
		{name: "a path restricts", config: ruleTok + "path = '''\\.md$'''\n", want: "D"},
		{name: "a path alone", config: "[[rules]]\nid = \"pem\"\npath = '''\\.pem$'''\n", want: "P"},
		{name: "a group that there is not", config: strings.Replace(ruleTok, "secretGroup = 1", "secretGroup = 2", 1), want: "error: secretGroup"},
		{name: "no id", config: "[[rules]]\nregex = '''x'''\n", want: "error: without an id"},
		{name: "neither regex nor path", config: "[[rules]]\nid = \"x\"\n", want: "error: neither regex nor path"},
		{name: "a bad regex", config: "[[rules]]\nid = \"x\"\nregex = '''('''\n", want: "error: missing closing"},
		{name: "a bad path", config: "[[rules]]\nid = \"x\"\npath = '''['''\n", want: "error: path"},
		{name: "no TOML", config: "[[rules]\n", want: "error: not valid TOML"},
		{name: "of two rules of one id the last", config: ruleTok + strings.Replace(ruleTwo, `"two"`, `"tok"`, 1), want: "E"},

		{name: "global, paths", config: ruleTok + "[[allowlists]]\npaths = ['''^docs/''']\n", want: "A B C"},
		{name: "global, regexes, the secret", config: ruleTok + "[[allowlists]]\nregexes = ['''^tok_k4''', '''second''']\n", want: "B C D"},
		{name: "global, regexes, secret said", config: ruleTok + "[[allowlists]]\nregexTarget = \"secret\"\nregexes = ['''^tok_k4''']\n", want: "B C D"},
		{name: "global, regexes, the match", config: ruleTok + "[[allowlists]]\nregexTarget = \"match\"\nregexes = ['''^second = tok''', '''remark''']\n", want: "A C D"},
		{name: "global, regexes, the line", config: ruleTok + "[[allowlists]]\nregexTarget = \"line\"\nregexes = ['''remark$''']\n", want: "A C D"},
		{name: "stopwords have no case", config: ruleTok + "[[allowlists]]\nstopwords = [\"K4F7\"]\n", want: "B C D"},
		{name: "stopwords are of the secret, whatever the target", config: ruleTok + "[[allowlists]]\nregexTarget = \"line\"\nstopwords = [\"remark\"]\n", want: "A B C D"},
		{name: "commits", config: ruleTok + "[[allowlists]]\ncommits = [\" " + strings.ToUpper(commitTwo) + " \"]\n", want: "A B"},
		{name: "commits cut short name nothing", config: ruleTok + "[[allowlists]]\ncommits = [\"aaaaaaa\"]\n", want: "A B C D"},
		{name: "but from twelve digits on they do", config: ruleTok + "[[allowlists]]\ncommits = [\"aaaaaaaaaabb\"]\n", want: "A B"},
		{name: "either", config: ruleTok + "[[allowlists]]\ncondition = \"or\"\npaths = ['''^docs/''']\nstopwords = [\"k4f7\"]\n", want: "B C"},
		{name: "either, as ||", config: ruleTok + "[[allowlists]]\ncondition = \"||\"\ncommits = [\"" + commitTwo + "\"]\nregexes = ['''k4f7''']\n", want: "B"},
		{name: "all", config: ruleTok + "[[allowlists]]\ncondition = \"AND\"\npaths = ['''^src/''']\nstopwords = [\"k4f7\", \"h2v8\"]\n", want: "B C D"},
		{name: "all, as &&", config: ruleTok + "[[allowlists]]\ncondition = \"&&\"\npaths = ['''^docs/''']\ncommits = [\"" + commitTwo + "\"]\n", want: "A B C"},
		{name: "all, several of each", config: ruleTok + "[[allowlists]]\ncondition = \"and\"\npaths = ['''^docs/''', '''other''']\nregexes = ['''tok_j''', '''tok_h''']\n", want: "A B"},
		{name: "all, but one does not hold", config: ruleTok + "[[allowlists]]\ncondition = \"AND\"\npaths = ['''^src/''']\nregexes = ['''tok_k''']\nstopwords = [\"zzz\"]\n", want: "A B C D"},
		{name: "all, commit and word", config: ruleTok + "[[allowlists]]\ncondition = \"AND\"\ncommits = [\"" + commitTwo + "\"]\nstopwords = [\"k4f7\", \"j7s1\"]\n", want: "A B D"},
		{name: "a condition that is none", config: ruleTok + "[[allowlists]]\ncondition = \"xor\"\npaths = [\"a\"]\n", want: "error: neither OR nor AND"},
		{name: "a target that is none", config: ruleTok + "[[allowlists]]\nregexTarget = \"file\"\nregexes = [\"a\"]\n", want: "error: none of secret, match, line"},
		{name: "nothing in a list", config: ruleTok + "[[allowlists]]\ndescription = \"x\"\n", want: "error: without a criterion"},
		{name: "a bad regex in a list", config: ruleTok + "[[allowlists]]\nregexes = ['''(''']\n", want: "error: missing closing"},
		{name: "the older global form", config: ruleTok + "[allowlist]\npaths = ['''^docs/''']\n", want: "A B C"},
		{name: "both global forms", config: ruleTok + "[allowlist]\npaths = [\"a\"]\n[[allowlists]]\npaths = [\"b\"]\n", want: "error: are both given"},

		{name: "of a rule", config: ruleTok + "[[rules.allowlists]]\nregexes = ['''tok_k''']\n[[rules.allowlists]]\npaths = ['''docs''']\n" + ruleTwo, want: "B C E"},
		{name: "of a rule, the older form", config: ruleTwo + ruleTok + "[rules.allowlist]\nregexTarget = \"line\"\nregexes = ['''remark''']\n", want: "A C D E"},
		{name: "of a rule, for no other", config: ruleTok + ruleTwo + "[[rules.allowlists]]\npaths = ['''.''']\n", want: "A B C D"},
		{name: "of a rule, both forms", config: ruleTok + "[rules.allowlist]\npaths = [\"a\"]\n[[rules.allowlists]]\npaths = [\"b\"]\n", want: "error: are both given"},
		{name: "for some rules", config: ruleTok + ruleTwo + "[[allowlists]]\ntargetRules = [\"two\"]\npaths = ['''^src/''']\n", want: "A B C D"},
		{name: "for a rule that there is not", config: ruleTok + "[[allowlists]]\ntargetRules = [\"tock\"]\npaths = ['''^src/''']\n", want: `error: there is no rule "tock"`},
		{name: "for a rule of gitleaks'", config: "[extend]\nuseDefault = true\n" + ruleTok + "[[allowlists]]\ntargetRules = [\"github-pat\", \"tok\"]\npaths = ['''builtin|docs''']\n", want: "A B C"},

		{name: "required near by", config: ruleTok + "[[rules.required]]\nid = \"two\"\nwithinLines = 1\n" + ruleTwo + "skipReport = true\n", want: "B"},
		{name: "required in the file", config: ruleTok + "[[rules.required]]\nid = \"two\"\n" + ruleTwo, want: "A B E"},
		{name: "required in the line, the column far", config: ruleTok + "[[rules.required]]\nid = \"two\"\nwithinColumns = 3\n" + ruleTwo + "skipReport = true\n", want: "A B"},
		{name: "required that there is not", config: ruleTok + "[[rules.required]]\nid = \"three\"\n", want: `error: there is no rule "three" in this file`},
		{name: "required of the base alone", config: "[extend]\nuseDefault = true\n" + ruleTok + "[[rules.required]]\nid = \"github-pat\"\n", want: `error: there is no rule "github-pat" in this file`},

		{name: "the default and more", config: "[extend]\nuseDefault = true\n" + ruleTok, want: "A B C D F"},
		{name: "the default without some", config: "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n" + ruleTok, want: "A B C D"},
		{name: "a file", config: "[extend]\npath = \"base.toml\"\n" + ruleTwo, want: "A B C D E", files: map[string]string{"base.toml": ruleTok}},
		{name: "a file without some", config: "[extend]\npath = \"base.toml\"\ndisabledRules = [\"tok\"]\n" + ruleTwo, want: "E", files: map[string]string{"base.toml": ruleTok}},
		{name: "a change of what is not empty", config: "[extend]\npath = \"base.toml\"\n[[rules]]\nid = \"two\"\nentropy = 5\n[[rules]]\nid = \"tok\"\nentropy = 0\nregex = ''\ndescription = \"y\"\n", want: "A B C D",
			files: map[string]string{"base.toml": ruleTok + ruleTwo}},
		{name: "another path", config: "[extend]\npath = \"base.toml\"\n[[rules]]\nid = \"tok\"\npath = '''md$'''\n", want: "D", files: map[string]string{"base.toml": ruleTok}},
		{name: "keywords are added", config: "[extend]\npath = \"base.toml\"\n[[rules]]\nid = \"tok\"\nkeywords = [\"tok_\"]\n", want: "A B C D",
			files: map[string]string{"base.toml": strings.Replace(ruleTok, `"tok_"`, `"nope"`, 1)}},
		{name: "lists are added", config: "[extend]\npath = \"base.toml\"\n[[rules]]\nid = \"tok\"\n[[rules.allowlists]]\npaths = ['''docs''']\n[[allowlists]]\nstopwords = [\"k4f7\"]\n", want: "C",
			files: map[string]string{"base.toml": ruleTok + "[[rules.allowlists]]\nstopwords = [\"p8d3\"]\n[[allowlists]]\npaths = [\"nowhere\"]\n"}},
		{name: "two levels", config: "[extend]\npath = \"one.toml\"\n", want: "A B C D E", files: map[string]string{"one.toml": "[extend]\npath = \"two.toml\"\n" + ruleTwo, "two.toml": ruleTok}},
		{name: "three levels", config: "[extend]\npath = \"one.toml\"\n", want: "error: more than 2 levels deep",
			files: map[string]string{"one.toml": "[extend]\npath = \"two.toml\"\n", "two.toml": "[extend]\npath = \"three.toml\"\n", "three.toml": ruleTok}},
		{name: "a file and the default", config: "[extend]\npath = \"base.toml\"\nuseDefault = true\n", want: "error: are both given", files: map[string]string{"base.toml": ruleTok}},
		{name: "a file that there is not", config: "[extend]\npath = \"base.toml\"\n", want: `error: there is no "base.toml"`},
		{name: "an address", config: "[extend]\nurl = \"https://example.com/a.toml\"\n", want: "error: not fetched over the network"},
		{name: "a list for a rule of the base", config: "[extend]\npath = \"base.toml\"\n[[allowlists]]\ntargetRules = [\"tok\"]\npaths = ['''docs''']\n", want: "A B C", files: map[string]string{"base.toml": ruleTok}},
		{name: "a generic rule yields", config: ruleTok + "[[rules]]\nid = \"generic-thing\"\nregex = '''= tok_([0-9a-z]{12})'''\n", want: "A B C D"},
		{name: "no rule of its own", config: "[[allowlists]]\npaths = ['''docs''']\n", want: "F"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, text := range tt.files {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got := gitleaksScan(t, tt.config)
			if words, bad := strings.CutPrefix(tt.want, "error: "); bad && strings.HasPrefix(got, "error: ") && strings.Contains(got, words) {
				return
			}
			if got != tt.want {
				t.Errorf("got %q, want %q with\n%s", got, tt.want, tt.config)
			}
		})
	}
}

// gitleaksScan returns the names of what is found in the corpus with a configuration,
// or the error that it has.
func gitleaksScan(t *testing.T, config string) string {
	t.Helper()
	corpus, names := gitleaksCorpus(t)
	set, err := rules.Parse(".gitleaks.toml", []byte(config))
	if err != nil {
		return "error: " + err.Error()
	}
	engine, err := detectors.New(set, detectors.Options{})
	if err != nil {
		return "error: " + err.Error()
	}
	got := &tape{t: t}
	if _, err := scanner.New(engine, scanner.Options{Confidence: mudlark.Medium}).Scan(t.Context(), corpus, got); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range got.findings {
		name := names[cmp.Or(f.Secret.Reveal(), f.Origin.Path)]
		if name == "" {
			name = f.RuleID + ":" + f.Secret.Reveal()
		}
		if f.Counts() {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}
