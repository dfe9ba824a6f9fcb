package hooks

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
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
	for _, u := range updates {
		if u.Local != "" && !slices.Contains(sent, u.Local) {
			sent = append(sent, u.Local)
		}
		if u.Remote != "" && !slices.Contains(known, u.Remote) {
			known = append(known, u.Remote)
		}
	}
	return sent, known
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
