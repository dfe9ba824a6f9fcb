package git

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// logOpts are the arguments of git log that choose commits. Nothing is run: they
// are read here, and those that are not known are refused.
type logOpts struct {
	ends         []logEnd
	walkReflog   bool // -g
	max, skip    int  // max < 0: any number
	since, until string
	authors      []string // basic regular expressions
	merges       bool
	noMerges     bool
	firstParent  bool
	fullHistory  bool
	paths        []string
	marked       bool // paths stand behind "--"
}

// A logEnd names commits to begin at: a revision or a range, or refs.
type logEnd struct {
	word string // a revision or a range; empty: refs
	refs string // what their names begin with: "refs/heads/"; "refs/" for all, and HEAD
	glob string // what of them; empty: all
	logs bool   // what the reflogs name
	not  bool   // behind --not
}

// maxLogOpts bounds the text of --log-opts.
const maxLogOpts = 64 << 10

// parseLogOpts reads arguments of git log.
func parseLogOpts(text string) (*logOpts, error) {
	words, err := splitWords(text)
	if err != nil {
		return nil, err
	}
	l := &logOpts{max: -1}
	p := logParser{logOpts: l, words: words}
	for len(p.words) > 0 {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if l.merges && l.noMerges {
		return nil, errors.New("--merges and --no-merges leave no commit: keep one")
	}
	if l.walkReflog && l.since+l.until != "" {
		return nil, errors.New("-g is not supported together with dates: use --reflog, which follows what the reflogs name")
	}
	return l, nil
}

// splitWords splits a text as a shell would that expands nothing: words are
// separated by blanks, quotes hold them together, and between double quotes a
// backslash keeps a quote or a backslash.
func splitWords(text string) ([]string, error) {
	if len(text) > maxLogOpts {
		return nil, fmt.Errorf("it is longer than %d bytes", maxLogOpts)
	}
	var words []string
	var word []byte
	begun, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == 0:
			return nil, errors.New("it holds a zero byte")
		case quote != 0 && c == quote:
			quote = 0
		case quote == '"' && c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			word = append(word, text[i])
		case quote != 0:
			word = append(word, c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case strings.IndexByte(" \t\r\n\v\f", c) >= 0:
			if begun {
				words = append(words, string(word))
			}
			word, begun = word[:0], false
		default:
			word, begun = append(word, c), true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote (%c) is opened and not closed", quote)
	}
	if begun {
		words = append(words, string(word))
	}
	return words, nil
}

type logParser struct {
	*logOpts
	words []string
	not   bool
}

// next reads one argument.
func (p *logParser) next() error {
	word := p.words[0]
	p.words = p.words[1:]
	switch {
	case word == "--":
		p.paths, p.marked, p.words = append(p.paths, p.words...), true, nil
		return nil
	case word == "":
		return errors.New("an argument is empty")
	case word[0] != '-':
		p.ends = append(p.ends, logEnd{word: word, not: p.not})
		return nil
	}
	for _, read := range []func(string) (bool, error){p.number, p.refs, p.valued, p.plain} {
		if known, err := read(word); known || err != nil {
			return err
		}
	}
	return errLogOpt(word)
}

func errLogOpt(word string) error {
	name, _, _ := strings.Cut(word, "=")
	return fmt.Errorf("%s is not supported, as git is not run. What chooses commits is: revisions and ranges, "+
		"-n, --max-count, --skip, --all, --branches, --tags, --remotes, --not, --since, --after, --until, --before, --author, "+
		"--merges, --no-merges, --first-parent, --reflog, -g, --full-history, --reverse, and -- with paths", quote(name))
}

// number reads -N, -nN and -n N.
func (p *logParser) number(word string) (bool, error) {
	digits := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "n")
	switch {
	case word == "-n":
		if len(p.words) == 0 {
			return true, errors.New("-n is followed by no number")
		}
		digits, p.words = p.words[0], p.words[1:]
	case digits == "" || digits[0] < '0' || digits[0] > '9':
		return false, nil
	}
	return true, setCount(&p.max, "-n", digits)
}

func setCount(n *int, name, digits string) error {
	v, err := strconv.Atoi(digits)
	if err != nil {
		return fmt.Errorf("%s takes a number, not %s", name, quote(digits))
	}
	const most = 1 << 40 // which is any number of commits
	*n = min(v, most)
	return nil
}

// refs reads what names refs.
func (p *logParser) refs(word string) (bool, error) {
	name, glob, given := strings.Cut(word, "=")
	end := logEnd{glob: glob, not: p.not}
	switch name {
	case "--branches":
		end.refs = "refs/heads/"
	case "--tags":
		end.refs = "refs/tags/"
	case "--remotes":
		end.refs = "refs/remotes/"
	case "--all":
		end.refs = "refs/"
	case "--reflog":
		end.logs = true
	default:
		return false, nil
	}
	if given && (name == "--all" || name == "--reflog") {
		return false, nil
	}
	p.ends = append(p.ends, end)
	return true, nil
}

// valued reads options with a value, which may be the next argument.
func (p *logParser) valued(word string) (bool, error) {
	name, value, given := strings.Cut(word, "=")
	switch name {
	case "--max-count", "--skip", "--since", "--after", "--until", "--before", "--author":
	default:
		return false, nil
	}
	if !given {
		if len(p.words) == 0 {
			return true, fmt.Errorf("%s is followed by no value", name)
		}
		value, p.words = p.words[0], p.words[1:]
	}
	switch name {
	case "--max-count":
		return true, setCount(&p.max, name, value)
	case "--skip":
		return true, setCount(&p.skip, name, value)
	case "--since", "--after":
		p.since = value
	case "--until", "--before":
		p.until = value
	case "--author":
		p.authors = append(p.authors, value)
	}
	return true, nil
}

// plain reads options without a value. What says how git log should print has no
// effect.
func (p *logParser) plain(word string) (bool, error) {
	switch word {
	case "--not":
		p.not = !p.not
	case "--merges":
		p.merges = true
	case "--no-merges":
		p.noMerges = true
	case "--first-parent":
		p.firstParent = true
	case "-g", "--walk-reflogs":
		p.walkReflog = true
	case "--full-history":
		p.fullHistory = true
	case "--reverse", "-p", "-u", "--patch", "-m", "-c", "--cc", "--text", "-a":
	default:
		unified := strings.HasPrefix(word, "-U") || strings.HasPrefix(word, "--unified=")
		return unified || strings.HasPrefix(word, "--diff-filter="), nil
	}
	return true, nil
}

// parseUntil reads a date as the last moment that counts: of a day without a time
// that is its end, where git takes the time of now.
func parseUntil(text string, now time.Time) (time.Time, error) {
	t, err := parseWhen(text, now)
	if _, bad := time.Parse(time.DateOnly, strings.TrimSpace(text)); bad == nil && err == nil {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t, err
}

// parseWhen is parseSince that takes seconds since 1970 too, as git does.
func parseWhen(text string, now time.Time) (time.Time, error) {
	digits, marked := strings.CutPrefix(strings.TrimSpace(text), "@")
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && (marked || n >= 100_000_000) {
		return time.Unix(n, 0), nil
	}
	return parseSince(text, now)
}
