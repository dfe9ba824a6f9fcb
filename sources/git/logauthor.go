package git

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// basicExpression turns a basic regular expression, as git takes for --author,
// into one of ours.
func basicExpression(text string) (*regexp.Regexp, error) {
	var out strings.Builder
	start := true // nothing stands before that a star could repeat
	for i := 0; i < len(text); i++ {
		c := text[i]
		was := start
		start = false
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			switch e := text[i]; {
			case e >= '1' && e <= '9':
				return nil, errors.New("back references are not supported")
			case e == '(' || e == '|':
				start = true
				out.WriteByte(e)
			case strings.IndexByte("){}+?", e) >= 0:
				out.WriteByte(e)
			case strings.IndexByte("wWsSbB", e) >= 0:
				out.WriteString(`\` + string(e))
			case e == '<' || e == '>':
				out.WriteString(`\b`)
			default:
				out.WriteString(regexp.QuoteMeta(string(rune(e))))
			}
		case c == '[':
			class, end := bracket(text, i, "^")
			if end < 0 {
				return nil, fmt.Errorf("the bracket of %s is not closed", quote(text))
			}
			out.WriteString(class)
			i = end
		case c == '*' && was:
			out.WriteString(`\*`)
		case c == '^' && was:
			out.WriteString("^")
			start = true
		case c == '$' && (i+1 == len(text) || strings.HasPrefix(text[i+1:], `\)`) || strings.HasPrefix(text[i+1:], `\|`)):
			out.WriteString("$")
		case c == '*' || c == '.':
			out.WriteByte(c)
		default:
			end := i + 1
			for end < len(text) && text[end] >= 0x80 {
				end++ // the rest of a character
			}
			out.WriteString(regexp.QuoteMeta(text[i:end]))
			i = end - 1
		}
	}
	re, err := regexp.Compile("(?s)" + out.String())
	if err != nil {
		return nil, fmt.Errorf("%s is not understood as an expression", quote(text))
	}
	return re, nil
}
