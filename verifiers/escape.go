package verifiers

import (
	"encoding/json"
	"net/url"
	"strings"
)

// The ways in which a value is written into its place, so that it cannot leave
// it.

func verbatim(s string) (string, error) { return s, nil }

// inHost takes labels of a host's name alone: no port, no user, no path.
func inHost(s string) (string, error) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, letters) != "" {
			return "", errNoHost
		}
	}
	return s, nil
}

func inPath(s string) (string, error) {
	if s == "." || s == ".." {
		return "", errNoPath
	}
	return url.PathEscape(s), nil
}

func inQuery(s string) (string, error) { return url.QueryEscape(s), nil }

func inHeader(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return "", errNoText
	}
	return s, nil
}

// inJSON is the inside of a JSON string.
func inJSON(s string) (string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return "", errNoText
	}
	return string(text[1 : len(text)-1]), nil
}

// inText is for bodies of another form: what would end a line or an element
// has no place there.
func inText(s string) (string, error) {
	if strings.ContainsAny(s, "\r\n<>&\"'") {
		return "", errNoText
	}
	return s, nil
}
