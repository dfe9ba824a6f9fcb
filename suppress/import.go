package suppress

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// Files of other tools that no scan reads, but that can be turned into ours once.

// An Imported is what such a file says, in the parts that can be said here.
type Imported struct {
	List   List    // the secrets that it is about; nil: none
	Allows []Allow // places and patterns, for the allowlists of a configuration
	Left   []Left  // what has no counterpart, or could not be read
	// Files are those whose content somebody looked at, if it still is what the
	// checksum is of.
	Files []FileSum
}

// An Allow is what an allowlist can say. If both are there, both must hold.
type Allow struct {
	Place   string   // where it stands: ".secretlintignore:3"
	Text    string   // what stands there
	Paths   []string // RE2, unanchored
	Regexes []string // RE2, unanchored
	Target  string   // what they are matched with: "secret", "match" or "line"
}

// Allows returns what a list says that an allowlist can say as well.
func Allows(l List) []Allow {
	if b, ok := l.(*baseline); ok {
		return b.allows
	}
	return nil
}

// A Left is something that stays behind.
type Left struct{ Place, Text, Why string }

// A FileSum says that what is in a file is known.
type FileSum struct {
	Place, Path, Sum string
}

// The tools whose files Import reads.
const (
	Ripsecrets = "ripsecrets" // .secretsignore
	Secretlint = "secretlint" // .secretlintignore
	Keyhog     = "keyhog"     // .keyhogignore
	Talisman   = "talisman"   // .talismanrc
	PathList   = "trufflehog" // a file of --exclude-paths
)

// maxImportBytes bounds one file.
const maxImportBytes = 4 << 20

// ErrImport is in the chain of every error about such a file.
var ErrImport = errors.New("import")

// Import reads a file of another tool. Nothing in it is run.
func Import(tool, name string, r io.Reader) (Imported, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxImportBytes+1))
	if err == nil && len(text) > maxImportBytes {
		err = fmt.Errorf("it is larger than %d MB", maxImportBytes>>20)
	}
	if err != nil {
		return Imported{}, fmt.Errorf("%w of %q: %w", ErrImport, name, err)
	}
	i := &importing{name: name, known: newKnown(name)}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch tool {
	case Ripsecrets:
		err = i.lines(text, i.ripsecrets)
	case Secretlint:
		err = i.lines(text, i.glob)
	case Keyhog:
		err = i.lines(text, i.keyhog)
	case PathList:
		err = i.lines(text, i.pathExpr)
	case Talisman:
		err = i.talisman(text)
	default:
		err = fmt.Errorf("%s is no tool whose files are known", tool)
	}
	if err != nil {
		return Imported{}, fmt.Errorf("%w of %q: %w", ErrImport, name, err)
	}
	if len(i.known.entries) > 0 {
		i.List = i.known
	}
	return i.Imported, nil
}

// importing is one file while it is read.
type importing struct {
	Imported
	name    string
	known   *known
	secrets bool // behind [secrets]
	backs   int  // lines that take back others
	exprs   exprs
	globs   []*regexp.Regexp // of Allows, where these are patterns of paths
}

func (i *importing) at(line int) string { return fmt.Sprintf("%s:%d", i.name, line) }

func (i *importing) leave(line int, text, why string) {
	i.Left = append(i.Left, Left{i.at(line), text, why})
}

// maxImportLines bounds the lines of one file that say something: each is tried on
// what is found.
const maxImportLines = 10_000

func (i *importing) lines(text []byte, read func(n int, line string)) error {
	n, said := 0, 0
	for line := range bytes.Lines(text) {
		n++
		if s := strings.TrimSpace(string(line)); s == "" || s[0] == '#' {
			continue
		}
		if said++; said > maxImportLines {
			return fmt.Errorf("it says more than %d things", maxImportLines)
		}
		read(n, strings.TrimRight(string(line), "\r\n"))
	}
	return nil
}

func (i *importing) glob(n int, line string) {
	if strings.HasPrefix(line, "!") {
		i.takeBack(line[1:])
		i.leave(n, line, "an allowlist cannot take back what another allows")
		return
	}
	expr, ok := globPath(line)
	if !ok {
		i.leave(n, line, "it is no pattern of paths")
		return
	}
	i.Allows = append(i.Allows, Allow{Place: i.at(n), Text: line, Paths: []string{expr}})
	i.globs = append(i.globs, regexp.MustCompile(expr))
}

// takeBack leaves behind the patterns that a line takes something back from:
// without that they would allow more. Of a path by itself it is known which.
func (i *importing) takeBack(line string) {
	path := strings.TrimPrefix(strings.TrimSpace(line), "/")
	const most = 100 // are looked at one by one
	i.backs++
	single := i.backs <= most && strings.Contains(path, "/") && !strings.ContainsAny(path, `*?[\`) && !strings.HasSuffix(path, "/")
	allows, globs := i.Allows[:0], i.globs[:0]
	for n, a := range i.Allows {
		if single && !i.globs[n].MatchString(path) {
			allows, globs = append(allows, a), append(globs, i.globs[n])
			continue
		}
		i.Left = append(i.Left, Left{a.Place, a.Text, "a later line takes back some of it, which an allowlist cannot"})
	}
	i.Allows, i.globs = allows, globs
}

func (i *importing) pathExpr(n int, line string) {
	line = strings.TrimSpace(line)
	if _, err := i.exprs.compile(line); err != nil {
		i.leave(n, line, err.Error())
		return
	}
	i.Allows = append(i.Allows, Allow{Place: i.at(n), Text: line, Paths: []string{line}})
}

// ripsecrets reads patterns of paths and, behind [secrets], secrets as they are.
// What stands there is never repeated.
func (i *importing) ripsecrets(n int, line string) {
	switch {
	case line == "[secrets]":
		i.secrets = true
	case !i.secrets:
		i.glob(n, line)
	default:
		var re *regexp.Regexp // it may be meant as one
		if strings.ContainsAny(line, `\[(*+?|^$`) {
			re, _ = i.exprs.compile("^(?:" + line + ")$")
		}
		i.known.add(Entry{Line: n, Text: "a secret", Reason: "allowed"}, func(f *mudlark.Finding) bool {
			secret := f.Secret.Reveal()
			return line == secret || line == bare(secret) || re != nil && re.MatchString(secret)
		})
	}
}

// keyhog reads "hash:", "detector:" and "path:" entries, bare hashes and patterns,
// each with "; reason=..., expires=...".
func (i *importing) keyhog(n int, line string) {
	text, more, _ := strings.Cut(strings.TrimSpace(line), ";")
	text = strings.TrimSpace(text)
	reason, until := keyhogMetadata(more)
	hash, isHash := strings.CutPrefix(text, "hash:")
	hash = strings.ToLower(strings.TrimSpace(hash))
	path, isPath := strings.CutPrefix(text, "path:")
	switch {
	case strings.HasPrefix(text, "detector:"):
		i.leave(n, text, "it is about a detector there: write the rules' IDs into disabledRules below [extend]")
	case isHash || isSHA256(hash):
		if !isSHA256(hash) {
			i.leave(n, text, "it is no SHA-256")
			return
		}
		i.known.add(Entry{Line: n, Text: "hash:" + hash[:8] + "...", Reason: reason, Until: until}, func(f *mudlark.Finding) bool {
			sum := sha256.Sum256([]byte(f.Secret.Reveal()))
			return hex.EncodeToString(sum[:]) == hash
		})
	case !until.IsZero():
		i.leave(n, text, "an allowlist of paths has no end: it ends "+until.Format(time.DateOnly))
	case isPath:
		i.glob(n, strings.TrimSpace(path))
	default:
		i.glob(n, text)
	}
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func keyhogMetadata(text string) (reason string, until time.Time) {
	for part := range strings.SplitSeq(text, ";") {
		key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		v = strings.Trim(strings.TrimSpace(v), `"'`)
		switch strings.TrimSpace(key) {
		case "reason":
			reason = v
		case "expires":
			until, _ = time.Parse(time.DateOnly, v)
		}
	}
	return reason, until
}

// known is a List of what is told by functions.
type known struct {
	*baseline
	about []func(f *mudlark.Finding) bool // of the entries
}

func newKnown(name string) *known {
	k := &known{baseline: &baseline{name: name}}
	k.match = func(f *mudlark.Finding, to []int) []int {
		for i, about := range k.about {
			if about(f) {
				to = append(to, i)
			}
		}
		return to
	}
	return k
}

// maxKnown bounds them: each is tried on each finding.
const maxKnown = 10_000

func (k *known) add(e Entry, about func(f *mudlark.Finding) bool) {
	if len(k.about) == maxKnown {
		return
	}
	if _, err := k.baseline.add(e); err == nil {
		k.about = append(k.about, about)
	}
}

// InFiles returns a List that is about all findings in files of a folder: what is
// in them was looked at. The keys of places are paths, the values where that is
// said.
func InFiles(name string, places map[string]string) List {
	k := newKnown(name)
	for _, path := range sortedKeys(places) {
		e := Entry{Text: places[path] + ": " + path, Reason: "the file was looked at"}
		k.add(e, func(f *mudlark.Finding) bool { return f.Origin.Source == "dir" && f.Origin.Path == path })
	}
	return k
}
