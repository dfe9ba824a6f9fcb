package git

import (
	"bytes"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// splitCommit says where in a commit's text the lines begin that are worth
// reading, those behind the ids of tree and parents, on which line that is, and
// where the message begins.
func splitCommit(data []byte) (header, line, message int) {
	message = len(data)
	if i := bytes.Index(data, []byte("\n\n")); i >= 0 {
		message = i + 2
	}
	for line = 1; ; line++ {
		n := idLine(data[header:message])
		if n == 0 {
			return header, line, message
		}
		header += n
	}
}

// idLine returns the length of the first line if it names a tree or a parent and
// nothing more, else 0.
func idLine(header []byte) int {
	end := bytes.IndexByte(header, '\n')
	if end < 0 {
		return 0
	}
	word, id, _ := bytes.Cut(header[:end], []byte(" "))
	if string(word) != "tree" && string(word) != "parent" || len(id) != 40 && len(id) != 64 {
		return 0
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return 0
		}
	}
	return end + 1
}

// yieldCommit yields a commit in two chunks, header and message.
func yieldCommit(yield mudlark.Yield, id string, data []byte) error {
	header, line, message := splitCommit(data)
	if header < message {
		err := yield(mudlark.Chunk{
			Data: data[header:message], Line: line, Column: 1, Offset: int64(header), Origin: origin(partHeader, "", id),
		}, nil)
		if err != nil {
			return err
		}
	}
	if message == len(data) {
		return nil
	}
	return text(yield, origin(partMessage, "", id), data[message:])
}

// describe returns what a report tells of a commit.
func describe(id string, c gitpack.CommitInfo) *mudlark.Commit {
	return &mudlark.Commit{
		ID:      id,
		Author:  strings.ToValidUTF8(c.Author.Name, "\uFFFD"),
		Email:   strings.ToValidUTF8(c.Author.Email, "\uFFFD"),
		Date:    c.Author.When.UTC(),
		Subject: subject(c.Message),
		Body:    body(c.Message),
	}
}

// maxBody bounds what is told of a message: every finding of the commit repeats it.
const maxBody = 4096

// body returns what a message says below its first paragraph: no line ends with
// blanks, and no two lines that follow each other are empty.
func body(message []byte) string {
	message = bytes.TrimLeft(message, "\n")
	_, message, _ = bytes.Cut(message, []byte("\n\n"))
	message = message[:min(len(message), 4*maxBody)]
	var b strings.Builder
	empty := false
	for line := range strings.Lines(strings.ToValidUTF8(string(message), "\uFFFD")) {
		if line = strings.TrimRight(line, " \t\r\n\v\f"); line == "" {
			empty = true
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty {
				b.WriteByte('\n')
			}
		}
		empty = false
		b.WriteString(line)
	}
	text := b.String()
	if len(text) > maxBody {
		text = strings.ToValidUTF8(text[:maxBody], "") + "..."
	}
	return text
}

// subject returns the first line of a message, as git does: its first paragraph
// on one line.
func subject(message []byte) string {
	message = bytes.TrimLeft(message, "\n")
	if i := bytes.Index(message, []byte("\n\n")); i >= 0 {
		message = message[:i]
	}
	const most = 300
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(message[:min(len(message), 4*most)]), "\uFFFD")), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
