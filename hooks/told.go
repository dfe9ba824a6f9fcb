package hooks

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// An Update is a ref of the receiver that a push changes.
type Update struct {
	LocalRef, Local   string // what is sent, name and id; no id: the ref is deleted
	RemoteRef, Remote string // what it replaces; no id: the ref is new
}

// ReadPush reads what git tells a pre-push hook on its standard input.
func ReadPush(r io.Reader) ([]Update, error) {
	var all []Update
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		// "HEAD~2" and the like may be a name; one with blanks cannot be.
		if len(words) != 4 || !isID(words[1]) || !isID(words[3]) {
			return nil, fmt.Errorf("%q is not what git tells a pre-push hook: LOCAL-REF ID REMOTE-REF ID", lines.Text())
		}
		all = append(all, Update{words[0], idOf(words[1]), words[2], idOf(words[3])})
	}
	return all, lines.Err()
}

// ReadReceive reads what git tells a pre-receive hook on its standard input.
func ReadReceive(r io.Reader) ([]Update, error) {
	var all []Update
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		words := append(strings.Split(lines.Text(), " "), "", "")
		u, err := Received(words[2], words[0], words[1])
		if len(words) != 5 || err != nil {
			return nil, fmt.Errorf("%q is not what git tells a pre-receive hook: OLD-ID NEW-ID REF", lines.Text())
		}
		all = append(all, u)
	}
	return all, lines.Err()
}

// Received returns the update of a ref of this repository, as git tells an update
// hook of it.
func Received(ref, old, id string) (Update, error) {
	if !isID(old) || !isID(id) || ref == "" {
		return Update{}, fmt.Errorf("%q is not what git tells of a ref: its name, and two whole ids", ref+" "+old+" "+id)
	}
	return Update{ref, idOf(id), ref, idOf(old)}, nil
}

// ObjectDirs returns the folders of objects that git names to a hook in
// GIT_OBJECT_DIRECTORY, GIT_QUARANTINE_PATH and GIT_ALTERNATE_OBJECT_DIRECTORIES. The
// last is a list, of which paths are quoted if they need it; what is not understood
// is taken for a path as it stands, as git does.
func ObjectDirs(own, quarantine, alternates string) []string {
	dirs := []string{own, quarantine}
	const separator = string(os.PathListSeparator)
	for alternates != "" {
		quoted, err := strconv.QuotedPrefix(alternates)
		if path, wrong := strconv.Unquote(quoted); err == nil && wrong == nil && quoted[0] == '"' {
			dirs, alternates = append(dirs, path), strings.TrimPrefix(alternates[len(quoted):], separator)
			continue
		}
		var dir string
		if dir, alternates, _ = strings.Cut(alternates, separator); !strings.HasPrefix(dir, "#") {
			dirs = append(dirs, dir)
		}
	}
	return slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" })
}

func isID(word string) bool {
	return (len(word) == 40 || len(word) == 64) && strings.Trim(word, "0123456789abcdef") == ""
}

// idOf returns an id, nothing for git's id of nothing.
func idOf(word string) string {
	if strings.Trim(word, "0") == "" {
		return ""
	}
	return word
}

// Sent returns what a push sends, and what the refs that it replaces held.
func Sent(updates []Update) (sent, known []string) {
	add := func(list []string, seen map[string]bool, id string) []string {
		if id == "" || seen[id] {
			return list
		}
		seen[id] = true
		return append(list, id)
	}
	local, remote := map[string]bool{}, map[string]bool{} // a push may have many refs
	for _, u := range updates {
		sent, known = add(sent, local, u.Local), add(known, remote, u.Remote)
	}
	return sent, known
}

// NewRefs returns the names of the refs that a push makes.
func NewRefs(updates []Update) []string {
	var names []string
	for _, u := range updates {
		if u.Local != "" && u.Remote == "" {
			names = append(names, u.RemoteRef)
		}
	}
	return names
}

// scissors is what git writes above a diff that it shows below a message that
// is edited. Before it stands the character of comments.
const scissors = " ------------------------ >8 ------------------------"

// Message returns what of a message's file can become part of the commit. Of
// one that was edited, git drops what it put below the scissors: the changes,
// removed lines too. Comments stay, as there are settings that keep them.
func Message(text []byte, edited bool) []byte {
	if !edited {
		return text
	}
	for at := 0; at < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := strings.TrimRight(string(text[at:end]), "\r\n")
		if before, ok := strings.CutSuffix(line, scissors); ok && before != "" && !strings.Contains(before, " ") {
			return text[:at]
		}
		at = end
	}
	return text
}
