package detectors

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// pem finds blocks of private keys: PEM and its kin, from the BEGIN line to the
// END line, and PuTTY's format. A block may stand on one line with escaped line
// ends, be indented, commented out, or cut into strings of a program. The
// match's key is the block's label, such as "RSA PRIVATE KEY"; a rule's
// expression is tried on that.
//
// Keys that a passphrase protects are found by a detector of their own. What has
// not the inner form that its label promises is graded low.
type pem struct{ encrypted bool }

const (
	maxBlock  = 64 << 10 // bytes of a block
	minPutty  = 40       // the same in PuTTY's format, whose lines hold less
	minBody   = 64       // characters of base64 in a block that is a key
	minLines  = 3        // lines of base64 that make a block without an END a finding
	minKinds  = 18       // different characters in a body that is no placeholder
	maxOddity = 3        // lines of a body that are neither base64 nor headers
)

// Detect implements Detector.
func (p pem) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	if hasPrefixFold(data[at.Start:], "putty-user-key-file") {
		if m, encrypted, ok := puttyKey(data, at.Start); ok && encrypted == p.encrypted {
			emit(m)
		}
		return
	}
	begin, label, ok := beginLine(data, at)
	if !ok || !bytes.Contains(data[label.Start:label.End], []byte("PRIVATE KEY")) {
		return
	}
	body := skipDashes(data, label.End)
	end, closed := endOfBlock(data, body, data[label.Start:label.End])
	b := readBody(data[body:end], closed)
	if !b.isKey() || !closed && b.lines < minLines {
		return
	}
	encrypted := b.encrypted || bytes.Contains(data[label.Start:label.End], []byte("ENCRYPTED"))
	if encrypted != p.encrypted {
		return
	}
	m := Match{Key: label}
	if closed {
		end = skipDashes(data, end+len("-----END ")+label.Len())
	} else {
		end = body + b.end
		m.Grade = mudlark.Low
	}
	if !encrypted && !b.structured(data[label.Start:label.End]) {
		m.Grade = mudlark.Low
	}
	m.Whole = mudlark.Span{Start: begin, End: end}
	m.Secret = m.Whole
	emit(m)
}

func hasPrefixFold(data []byte, prefix string) bool {
	return len(data) >= len(prefix) && bytes.EqualFold(data[:len(prefix)], []byte(prefix))
}

// beginLine returns where the BEGIN line that the keyword belongs to begins,
// and its label.
func beginLine(data []byte, at mudlark.Span) (begin int, label mudlark.Span, ok bool) {
	from := max(0, at.Start-80)
	near := data[from:min(len(data), at.End+32)]
	i := bytes.LastIndex(near, []byte("BEGIN "))
	if i < 0 {
		return 0, label, false
	}
	begin = from + i
	label.Start = begin + len("BEGIN ")
	for begin > 0 && data[begin-1] == ' ' { // "---- BEGIN"
		begin--
	}
	dashes := begin
	for begin > 0 && data[begin-1] == '-' && dashes-begin < 8 {
		begin--
	}
	for label.End = label.Start; label.End < len(data) && label.End < label.Start+64 && isLabel(data[label.End]); label.End++ {
	}
	after := label.End
	for label.End > label.Start && data[label.End-1] == ' ' {
		label.End--
	}
	return begin, label, dashes-begin >= 4 && after < len(data) && data[after] == '-' && label.Len() > 0
}

func isLabel(c byte) bool { return 'A' <= c && c <= 'Z' || isDigit(c) || c == ' ' }

// skipDashes skips blanks and dashes behind a label.
func skipDashes(data []byte, p int) int {
	for p < len(data) && data[p] == ' ' {
		p++
	}
	for n := 0; n < 8 && p < len(data) && data[p] == '-'; n++ {
		p++
	}
	return p
}

// endOfBlock returns where the END line with this label begins, or how far the
// body can reach if there is none.
func endOfBlock(data []byte, body int, label []byte) (end int, closed bool) {
	text := data[body:min(len(data), body+maxBlock)]
	if i := bytes.Index(text, []byte("---BEGIN ")); i >= 0 {
		text = text[:i]
	}
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte("END "))
		if i < 0 {
			return body + len(text), false
		}
		i += from
		if bytes.HasPrefix(text[i+4:], label) {
			for i > 0 && text[i-1] == ' ' {
				i--
			}
			for i > 0 && text[i-1] == '-' {
				i--
			}
			return body + i, true
		}
		from = i + 4
	}
}

// A body is what was read between BEGIN and END.
type body struct {
	chars, lines int // of base64
	padding      int // of chars
	oddities     int // lines that do not belong there
	seen         byteSet
	head         [2048]byte // the first characters
	end          int        // behind the last line of base64
	encrypted    bool
}

func (b *body) isKey() bool { return b.chars >= minBody && b.random() }

// random reports whether the body is more than a placeholder.
func (b *body) random() bool {
	kinds := 0
	for c := range 128 {
		if b.seen.has(byte(c)) {
			kinds++
		}
	}
	return kinds >= minKinds && b.oddities <= maxOddity
}

// readBody reads lines that may be commented out, quoted and joined by a
// program's operators, until too many of them are none of a key. If no END
// closes the body, it ends before the first line that is not all base64, or
// after one that is shorter than the first.
func readBody(text []byte, closed bool) (b body) {
	width := 0
	for p := 0; p < len(text) && b.oddities <= maxOddity; {
		end, next := endOfLine(text, p)
		line := stripSyntax(text[p:end])
		if !closed && b.chars > 0 && len(line) > 0 && !isBase64(line) {
			break
		}
		b.readLine(line, end)
		if p = next; closed || b.chars == 0 || len(line) == 0 {
			continue
		}
		if width = max(width, len(line)); len(line) < width {
			break
		}
	}
	head := b.head[:min(len(b.head), b.chars)]
	b.encrypted = b.encrypted || opensshEncrypted(head) || pgpEncrypted(head)
	return b
}

// endOfLine returns where the line at p ends and where the next begins. An
// escaped line end is one, too.
func endOfLine(text []byte, p int) (end, next int) {
	for end = p; end < len(text); end++ {
		switch text[end] {
		case '\n', '\r':
			return end, end + 1
		case '\\':
			next = end
			for next < len(text) && text[next] == '\\' {
				next++
			}
			if next < len(text) && (text[next] == 'n' || text[next] == 'r' || text[next] == '\n') {
				return end, next + 1
			}
		}
	}
	return end, end
}

func (b *body) readLine(line []byte, end int) {
	if len(line) == 0 {
		return
	}
	if i := bytes.IndexByte(line, ':'); i > 0 && i < 32 { // a header
		b.encrypted = b.encrypted || bytes.Contains(line, []byte("ENCRYPTED"))
		return
	}
	for _, word := range bytes.Fields(line) {
		if word[0] == '=' && len(word) == 5 {
			continue // a checksum
		}
		if !isBase64(word) {
			b.oddities++
			continue
		}
		if b.chars < len(b.head) {
			copy(b.head[b.chars:], word)
		}
		for _, c := range word {
			b.seen.add(c)
		}
		b.chars += len(word)
		b.padding += bytes.Count(word, []byte("="))
		if len(word) >= 16 {
			b.lines++
		}
		b.end = end
	}
}

// stripSyntax takes away what a program, a comment or a mail puts around a line.
func stripSyntax(line []byte) []byte {
	line = bytes.Trim(line, " \t\"'`,;\\")
	line = bytes.TrimLeft(line, "#*>|%- \t")
	// A comment; without a blank after it, it may as well be base64.
	if len(line) > 2 && bytes.HasPrefix(line, []byte("//")) && strings.IndexByte(" \t\"'", line[2]) >= 0 {
		line = bytes.TrimLeft(line[2:], " \t\"'")
	}
	if n := len(line); n > 2 && (line[n-1] == '+' || line[n-1] == '.' || line[n-1] == '&') && (line[n-2] == ' ' || line[n-2] == '"' || line[n-2] == '\'') {
		line = line[:n-1]
	}
	if n := len(line); n > 2 && (line[0] == '+' || line[0] == '.') && (line[1] == ' ' || line[1] == '"' || line[1] == '\'') {
		line = line[1:]
	}
	line = bytes.Trim(line, " \t\"'`,;\\")
	if len(line) < 3 && len(bytes.Trim(line, "+./&")) == 0 { // an operator, or an empty comment
		return nil
	}
	for _, escape := range [...]string{`\n`, `\r`} { // a string that ends in an escape
		line = bytes.TrimSuffix(line, []byte(escape))
	}
	return line
}

func isBase64(word []byte) bool {
	for i, c := range word {
		if !isLetter(c) && !isDigit(c) && c != '+' && c != '/' && (c != '=' || i < len(word)-2) {
			return false
		}
	}
	return true
}

// opensshMagic begins OpenSSH's own format.
const opensshMagic = "openssh-key-v1\x00"

// opensshEncrypted reports whether base64 begins an OpenSSH key with a cipher.
func opensshEncrypted(head []byte) bool {
	var raw [48]byte
	n, _ := base64.StdEncoding.Decode(raw[:], head[:min(len(head)/4*4, 64)])
	name, found := bytes.CutPrefix(raw[:n], []byte(opensshMagic))
	if !found || len(name) < 8 {
		return false
	}
	return !bytes.HasPrefix(name[4:], []byte("none"))
}

// pgpEncrypted reports whether base64 begins an OpenPGP secret key whose secret
// part is encrypted, RFC 9580 section 5.5.3. It knows the keys of version 4.
func pgpEncrypted(head []byte) bool {
	raw := make([]byte, len(head))
	n, _ := base64.StdEncoding.Decode(raw, head[:len(head)/4*4])
	raw = raw[:n]
	if len(raw) < 16 || raw[0]&0x80 == 0 {
		return false
	}
	tag, length := raw[0]>>2&15, 1<<(raw[0]&3)
	if raw[0]&0x40 != 0 { // the newer header
		tag, length = raw[0]&63, 1
		if raw[1] >= 192 {
			length = 2
		}
		if raw[1] == 255 {
			length = 5
		}
	}
	key := raw[1+length:]
	if tag != 5 && tag != 7 || len(key) < 8 || key[0] != 4 {
		return false
	}
	rest, ok := skipPublicKey(key[5], key[6:])
	return ok && len(rest) > 0 && rest[0] != 0
}

// skipPublicKey skips the public part of a key of an algorithm.
func skipPublicKey(algorithm byte, key []byte) (rest []byte, ok bool) {
	numbers := 0
	switch algorithm {
	case 1, 2, 3: // RSA
		numbers = 2
	case 16: // ElGamal
		numbers = 3
	case 17: // DSA
		numbers = 4
	case 18, 19, 22: // of elliptic curves, which an identifier names
		numbers = 1
		if key = key[min(len(key), 1+int(key[0])):]; len(key) < 2 {
			return nil, false
		}
	default:
		return nil, false
	}
	for range numbers {
		if len(key) < 2 {
			return nil, false
		}
		bytes := (int(key[0])<<8 + int(key[1]) + 7) / 8
		if len(key) < 2+bytes {
			return nil, false
		}
		key = key[2+bytes:]
	}
	if algorithm == 18 && len(key) > 0 {
		key = key[min(len(key), 1+int(key[0])):]
	}
	return key, true
}

// puttyKey reads a PuTTY key file, and whether it is encrypted.
func puttyKey(data []byte, begin int) (m Match, encrypted, ok bool) {
	text := data[begin:min(len(data), begin+maxBlock)]
	if again := bytes.Index(text[1:], []byte("PuTTY-User-Key-File")); again >= 0 {
		text = text[:again+1]
	}
	colon := bytes.IndexByte(text[:min(len(text), 32)], ':')
	private := bytes.Index(text, []byte("Private-Lines:"))
	if colon < 0 || private < 0 {
		return m, false, false
	}
	var b body
	for _, p := endOfLine(text, private); p < len(text); {
		end, next := endOfLine(text, p)
		line := stripSyntax(text[p:end])
		if len(line) == 0 || !isBase64(line) {
			break
		}
		b.readLine(line, end)
		p = next
	}
	if b.chars < minPutty || !b.random() {
		return m, false, false
	}
	m = Match{Key: mudlark.Span{Start: begin, End: begin + colon}, Whole: mudlark.Span{Start: begin, End: begin + b.end}}
	m.Secret = m.Whole
	if i := bytes.Index(text[:private], []byte("Encryption:")); i >= 0 {
		end, _ := endOfLine(text, i)
		encrypted = !bytes.Contains(text[i:end], []byte("none"))
	}
	return m, encrypted, true
}
