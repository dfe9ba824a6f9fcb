package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// Fill returns a template with its blanks filled: "ghp_<base62 36>" becomes
// text that looks like a token. The same template and seed give the same text
// in every version of the program.
//
// A blank is a known name in angle brackets, most with an argument: a number of
// characters or a range of it (<hex 20-40>), a prefix (<github ghp_>), a label
// (<pem RSA PRIVATE KEY>). A "<" that begins no known blank stands for itself.
//
// Characters, with a count:
//
//	base62 base58 base64 base64url  without padding, never of an impossible end
//	hex HEX digits lower upper word letters as they are called
//	alnum ALNUM                     digits and lower, upper case letters
//	base32 base32lower              A-Z2-7, in lower case
//	ascii                           a password of letters, digits and signs
//	same                            one letter, repeated: a placeholder
//	crc62                           base62 and the CRC-32 of it in 6 more
//
// Whole things, most named in checksummed.go and armored.go: uuid, jwt, github,
// npm, gitlab-routable, pem and others. A checksummed one with -bad after its
// name (<npm-bad>) has a wrong checksum.
func Fill(template string, seed uint64) (string, error) {
	f := filler{random: newRandom(template, seed)}
	for rest := template; rest != ""; {
		before, after, found := strings.Cut(rest, "<")
		f.out.WriteString(before)
		if !found {
			break
		}
		name := blankName(after)
		fill := blank(name)
		if fill == nil {
			f.out.WriteByte('<')
			rest = after
			continue
		}
		inside, tail, closed := strings.Cut(after, ">")
		if !closed || strings.Contains(inside, "\n") {
			return "", fmt.Errorf("blank %s: it has no closing >", quoted("<"+name))
		}
		text, err := fill(&f, strings.TrimPrefix(inside[len(name):], " "))
		if err != nil {
			return "", fmt.Errorf("blank %s: %w", quoted("<"+inside+">"), err)
		}
		if f.out.Len()+len(text) > maxFilled {
			return "", fmt.Errorf("blank %s: the text gets longer than %d bytes", quoted("<"+inside+">"), maxFilled)
		}
		f.out.WriteString(text)
		rest = tail
	}
	return f.out.String(), nil
}

const (
	maxFilled = 4 << 20
	maxCount  = 1 << 20
)

// blankName returns what may be the name of a blank at the beginning of s:
// letters, digits and dashes up to a blank or the end of the brackets.
func blankName(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '>':
			return s[:i]
		case !isAlnum(c) && c != '-':
			return ""
		}
	}
	return ""
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// A filler fills one template.
type filler struct {
	random
	out strings.Builder
}

// A blankFunc fills one blank.
type blankFunc func(f *filler, arg string) (string, error)

// blank returns what fills the blanks of a name, or nil.
func blank(name string) blankFunc {
	if a := alphabet(name); a != "" {
		return func(f *filler, arg string) (string, error) { return f.characters(name, a, arg) }
	}
	switch name {
	case "word":
		return counted((*filler).word)
	case "same":
		return counted((*filler).same)
	case "ascii":
		return counted((*filler).password)
	case "uuid":
		return plain((*filler).uuid)
	case "jwt":
		return plain((*filler).jwt)
	case "aws-key-id":
		return awsKeyID
	}
	if fill := armored(name); fill != nil {
		return fill
	}
	good, bad := strings.CutSuffix(name, "-bad")
	make := checksummed(good)
	if make == nil {
		return nil
	}
	return func(f *filler, arg string) (string, error) {
		t, err := make(f, arg)
		if err != nil {
			return "", err
		}
		if bad {
			return t.spoiled(), nil
		}
		return t.text, nil
	}
}

// plain is for blanks without an argument.
func plain(fill func(*filler) string) blankFunc {
	return func(f *filler, arg string) (string, error) {
		if arg != "" {
			return "", fmt.Errorf("it takes no argument")
		}
		return fill(f), nil
	}
}

// counted is for blanks of a number of characters.
func counted(fill func(*filler, int) string) blankFunc {
	return func(f *filler, arg string) (string, error) {
		n, err := f.count(arg)
		if err != nil {
			return "", err
		}
		return fill(f, n), nil
	}
}

// count reads a number of characters, or draws it from a range.
func (f *filler) count(arg string) (int, error) {
	low, high, ranged := strings.Cut(arg, "-")
	if !ranged {
		high = low
	}
	a, errA := strconv.ParseUint(low, 10, 32)
	b, errB := strconv.ParseUint(high, 10, 32)
	switch {
	case errA != nil || errB != nil:
		return 0, fmt.Errorf("give a number of characters or a range of it, as in <hex 40> or <hex 20-40>")
	case a > b:
		return 0, fmt.Errorf("the range ends before it begins")
	case a == 0:
		return 0, fmt.Errorf("give at least one character")
	case b > maxCount:
		return 0, fmt.Errorf("give at most %d characters", maxCount)
	}
	return int(a) + f.below(int(b-a)+1), nil
}

// random is a SplitMix64 generator. Unlike that of the standard library its
// numbers are part of what Fill promises.
type random struct{ state uint64 }

// newRandom returns a generator for a template. It begins with the FNV-1a hash
// of it: neighbours in a file get different text for the same seed.
func newRandom(template string, seed uint64) random {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(template) {
		h = (h ^ uint64(template[i])) * prime
	}
	r := random{h}
	r.state = r.next() ^ seed*0x9e3779b97f4a7c15
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() >> 33 % uint64(n)) }

func (r *random) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.next() >> 56)
	}
	return b
}
