package git

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A pathspec is one of the paths behind "--" in git log.
type pathspec struct {
	text    string
	exclude bool
	literal string         // the file, or the folder with all that is in it; empty: everything
	glob    *regexp.Regexp // nil: literal is meant
	matched bool           // something did
}

// pathspecs reads paths, which are relative to the folder that is scanned.
func (b *base) pathspecs(texts []string) ([]*pathspec, error) {
	var list []*pathspec
	positive := false
	for _, text := range texts {
		s, err := b.pathspec(text)
		if err != nil {
			return nil, fmt.Errorf("path %s: %w", quote(text), err)
		}
		positive = positive || !s.exclude
		list = append(list, s)
	}
	if len(list) > 0 && !positive {
		list = append(list, &pathspec{text: ".", literal: b.prefix(), matched: true})
	}
	return list, nil
}

func (b *base) pathspec(text string) (*pathspec, error) {
	s := &pathspec{text: text}
	rest, top, literal := text, false, false
	switch {
	case strings.HasPrefix(rest, ":("):
		magic, after, ok := strings.Cut(rest[2:], ")")
		if !ok {
			return nil, errors.New("a bracket is not closed")
		}
		rest = after
		for word := range strings.SplitSeq(magic, ",") {
			switch word {
			case "top":
				top = true
			case "exclude":
				s.exclude = true
			case "literal":
				literal = true
			case "":
			default:
				return nil, fmt.Errorf("%s is not supported: top, exclude and literal are", quote(word))
			}
		}
	case strings.HasPrefix(rest, ":"):
		for rest = rest[1:]; rest != "" && strings.IndexByte("/!^", rest[0]) >= 0; rest = rest[1:] {
			top, s.exclude = top || rest[0] == '/', s.exclude || rest[0] != '/'
		}
		rest = strings.TrimPrefix(rest, ":")
	}
	if rest == "" && !top && !s.exclude {
		return nil, errors.New("it names nothing: use . for everything")
	}
	if !top {
		rest = path.Join(b.prefix(), filepath.ToSlash(rest))
	}
	if rest = path.Clean("/" + rest)[1:]; strings.HasPrefix(path.Clean(filepath.ToSlash(text)), "../") && b.prefix() == "" {
		return nil, errors.New("it is outside of the repository")
	}
	s.literal = rest
	if !literal && strings.ContainsAny(rest, "*?[") {
		var err error
		s.glob, err = globExpression(rest)
		return s, err
	}
	return s, nil
}

// prefix is where the folder that is scanned lies in the work tree; empty at its
// top.
func (b *base) prefix() string {
	if b.repo.WorkTree == "" {
		return ""
	}
	top, err := filepath.EvalSymlinks(b.repo.WorkTree)
	if err != nil {
		return ""
	}
	folder, err := filepath.EvalSymlinks(b.opts.Path)
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(top, folder)
	if rel = filepath.ToSlash(rel); err != nil || rel == "." || !filepath.IsLocal(rel) || rel == ".git" || strings.HasPrefix(rel, ".git/") {
		return ""
	}
	return rel
}

// inWorkTree reports whether a word is a file or folder there: git takes such a
// word that is no revision for a path.
func (b *base) inWorkTree(word string) bool {
	if b.repo.WorkTree == "" || !filepath.IsLocal(filepath.FromSlash(word)) {
		return false
	}
	_, err := os.Lstat(filepath.Join(b.opts.Path, filepath.FromSlash(word)))
	return err == nil
}

// globExpression turns a pattern into an expression for whole names. As in git's
// own for refs and paths, a star stands for slashes too.
func globExpression(glob string) (*regexp.Regexp, error) {
	var out strings.Builder
	out.WriteString(`(?s)\A`)
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			out.WriteString(".*")
		case '?':
			out.WriteString(".")
		case '[':
			class, end := bracket(glob, i, "!^")
			if end < 0 {
				return nil, fmt.Errorf("the bracket of %s is not closed", quote(glob))
			}
			out.WriteString(class)
			i = end
		case '\\':
			if i+1 < len(glob) {
				i++
			}
			out.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			end := i
			for end < len(glob) && strings.IndexByte(`*?[\`, glob[end]) < 0 {
				end++
			}
			out.WriteString(regexp.QuoteMeta(glob[i:end]))
			i = end - 1
		}
	}
	out.WriteString(`\z`)
	re, err := regexp.Compile(out.String())
	if err != nil {
		return nil, fmt.Errorf("%s is not understood as a pattern", quote(glob))
	}
	return re, nil
}

// bracket reads the set of characters that begins at text[at] and returns it as a
// class of an expression, and where it ends; -1 if nowhere. One of negations in
// front turns it round. What stands first in it does not close it, nor do the
// brackets of [:alpha:].
func bracket(text string, at int, negations string) (class string, end int) {
	i := at + 1
	class = "["
	if i < len(text) && strings.IndexByte(negations, text[i]) >= 0 {
		class, i = "[^", i+1
	}
	for first := i; i < len(text); i++ {
		switch c := text[i]; {
		case c == ']' && i > first:
			return class + "]", i
		case strings.HasPrefix(text[i:], "[:"):
			n := strings.Index(text[i+2:], ":]")
			if n < 0 {
				return "", -1
			}
			class += text[i : i+2+n+2]
			i += 2 + n + 1
		case c == '-' && i > first, c >= 0x80:
			class += text[i : i+1]
		case strings.IndexByte(`[]^-\`, c) >= 0:
			class += `\` + text[i:i+1]
		default:
			class += text[i : i+1]
		}
	}
	return "", -1
}

func (s *pathspec) matches(name string) bool {
	if s.glob != nil && s.glob.MatchString(name) {
		return true
	}
	return s.literal == "" || name == s.literal || strings.HasPrefix(name, s.literal+"/")
}

// onPaths reports whether a path is one of those that are asked for.
func onPaths(specs []*pathspec, name string) bool {
	on := len(specs) == 0
	for _, s := range specs {
		switch {
		case !s.matches(name):
		case s.exclude:
			return false
		default:
			on, s.matched = true, true
		}
	}
	return on
}

// mayLieIn reports whether a path that is asked for may lie in a folder.
func mayLieIn(specs []*pathspec, folder string) bool {
	return slices.ContainsFunc(specs, func(s *pathspec) bool {
		return !s.exclude && (s.glob != nil || s.matches(folder) || strings.HasPrefix(s.literal, folder+"/"))
	})
}

// A specDiff asks whether trees differ at paths that are asked for.
type specDiff struct {
	*treeReading
	specs []*pathspec
	left  int // pairs of folders that may yet be looked at
}

// maxSpecPairs bounds the comparison of two trees. What is over is taken to differ.
const maxSpecPairs = 1 << 18

// differ compares two folders, of which one may be missing.
func (d *specDiff) differ(a, b gitpack.OID, folder string) bool {
	if a == b {
		return false
	}
	if d.left--; d.left < 0 || len(folder) > maxPathBytes {
		return true
	}
	mine, theirs := d.itemsOf(a, folder), d.itemsOf(b, folder)
	for len(mine)+len(theirs) > 0 {
		var x, y item // of one name; the zero value is none
		if len(theirs) == 0 || len(mine) > 0 && mine[0].name <= theirs[0].name {
			x = mine[0]
		}
		if len(mine) == 0 || len(theirs) > 0 && theirs[0].name <= mine[0].name {
			y = theirs[0]
		}
		if x.name != "" {
			mine = mine[1:]
		}
		if y.name != "" {
			theirs = theirs[1:]
		}
		if x != y && d.differAt(x, y, path.Join(folder, cmp.Or(x.name, y.name))) {
			return true
		}
	}
	return false
}

func (d *specDiff) differAt(x, y item, name string) bool {
	file := func(e item) bool { return e.name != "" && e.kind != kindTree }
	if (file(x) || file(y)) && onPaths(d.specs, name) {
		return true
	}
	tree := func(e item) (id gitpack.OID) {
		if e.name != "" && e.kind == kindTree {
			id = e.id
		}
		return id
	}
	return mayLieIn(d.specs, name) && d.differ(tree(x), tree(y), name)
}

func (d *specDiff) itemsOf(tree gitpack.OID, folder string) []item {
	if tree == (gitpack.OID{}) {
		return nil
	}
	return d.items(tree, folder)
}

// holds reports whether a tree has something at paths that are asked for.
func (d *specDiff) holds(tree gitpack.OID) bool { return d.differ(tree, gitpack.OID{}, "") }
