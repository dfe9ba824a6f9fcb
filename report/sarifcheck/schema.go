package sarifcheck

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// packed is the schema of SARIF 2.1.0 without its descriptions; the test makes it
// from report/testdata/sarif-2.1.0.json, which has them. A schema's every keyword
// would need a library, which costs each start of the program more than the
// program's own start; of the keywords SARIF uses the dozen below.
//
//go:embed schema.json.gz
var packed []byte

// A schema says what a value may be. Zero fields say nothing.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Enum        []string           `json:"enum"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Pattern     string             `json:"pattern"`
	Format      string             `json:"format"`
	Items       *schema            `json:"items"`
	MinItems    int                `json:"minItems"`
	Unique      bool               `json:"uniqueItems"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Additional  additional         `json:"additionalProperties"`
	AnyOf       []schema           `json:"anyOf"`
	OneOf       []schema           `json:"oneOf"`
	Definitions map[string]*schema `json:"definitions"`
}

// additional says of members without a schema of their own what they may be.
type additional struct {
	forbidden bool
	schema    *schema
}

func (a *additional) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true":
		return nil
	case "false":
		a.forbidden = true
		return nil
	}
	return json.Unmarshal(text, &a.schema)
}

func loadSchema() (*schema, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return nil, err
	}
	root := new(schema)
	if err := json.Unmarshal(text, root); err != nil {
		return nil, err
	}
	if err := root.check(root.Definitions); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	return root, nil
}

// check makes sure of what follow and fits rest on.
func (s *schema) check(definitions map[string]*schema) error {
	if s == nil {
		return nil
	}
	if s.Ref != "" && definitions[strings.TrimPrefix(s.Ref, "#/definitions/")] == nil {
		return fmt.Errorf("there is no %s", s.Ref)
	}
	if s.Pattern != "" && patternOf(s.Pattern) == nil || s.Format != "" && formatOf(s.Format) == nil {
		return fmt.Errorf("pattern %q, format %q: not known", s.Pattern, s.Format)
	}
	for _, list := range []map[string]*schema{s.Properties, s.Definitions, {"": s.Items}, {"": s.Additional.schema}} {
		for _, below := range list {
			if err := below.check(definitions); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow returns what s refers to, or s itself.
func (s *schema) follow(root *schema) *schema {
	for s != nil && s.Ref != "" {
		s = root.Definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
	}
	return s
}

// member returns what a member may be, and whether it may be there.
func (s *schema) member(name string) (*schema, bool) {
	if s == nil {
		return nil, true
	}
	if own, ok := s.Properties[name]; ok {
		return own, true
	}
	return s.Additional.schema, !s.Additional.forbidden
}

// patternOf returns what a pattern of the schema means; nil: it is not known. Each
// stands here in words, as a pattern of the schema is one of these three.
func patternOf(pattern string) func(string) bool {
	switch pattern {
	case "[^/]+/.+": // of a MIME type
		return func(s string) bool {
			before, after, ok := strings.Cut(strings.TrimLeft(s, "/"), "/")
			return ok && before != "" && strings.Trim(after, "\n\r") != ""
		}
	case "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$": // a language
		return func(s string) bool {
			return (len(s) == 2 || len(s) == 5 && s[2] == '-' && letters(s[3:])) && letters(s[:2])
		}
	case `[0-9]+(\.[0-9]+){3}`: // somewhere, as in 1.2.3.4
		return func(s string) bool {
			numbers := 0
			for part := range strings.SplitSeq(s, ".") {
				switch {
				case part != "" && strings.Trim(part, "0123456789") == "":
					numbers++
				case numbers == 3 && part != "" && isDigit(part[0]):
					return true
				case part != "" && isDigit(part[len(part)-1]):
					numbers = 1
				default:
					numbers = 0
				}
				if numbers == 4 {
					return true
				}
			}
			return false
		}
	}
	return nil
}

func letters(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// formatOf returns what a format of the schema means; nil: it is not known.
func formatOf(format string) func(string) bool {
	switch format {
	case "uri":
		return func(s string) bool {
			u, err := url.Parse(s)
			return err == nil && u.IsAbs() && clean(s)
		}
	case "uri-reference":
		return func(s string) bool {
			_, err := url.Parse(s)
			return err == nil && clean(s)
		}
	case "uuid":
		return isUUID
	case "date-time":
		return func(s string) bool {
			_, err := time.Parse(time.RFC3339, strings.ToUpper(s))
			return err == nil
		}
	}
	return nil
}

// clean reports whether s has only characters that a URI may have.
func clean(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == utf8.RuneError || strings.ContainsRune("\"<>\\^`{|}", r)
	}) < 0
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}
