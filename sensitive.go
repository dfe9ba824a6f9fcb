package mudlark

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Masked stands in reports and logs where a secret was.
const Masked = "REDACTED"

// Sensitive is text that cannot be printed by accident: fmt, log/slog and the
// encoding packages show Masked. Reveal gives the text; its callers are listed
// in a test.
type Sensitive struct{ text string }

// NewSensitive wraps text.
func NewSensitive(text string) Sensitive { return Sensitive{text} }

// Reveal returns the text itself.
func (s Sensitive) Reveal() string { return s.text }

// Len returns the length of the text in bytes.
func (s Sensitive) Len() int { return len(s.text) }

// String implements fmt.Stringer with a mask.
func (s Sensitive) String() string {
	if s.text == "" {
		return ""
	}
	return Masked
}

// Format implements fmt.Formatter with a mask, whatever the verb.
func (s Sensitive) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue implements slog.LogValuer with a mask.
func (s Sensitive) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements encoding.TextMarshaler with a mask.
func (s Sensitive) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON implements json.Marshaler with a mask.
func (s Sensitive) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText implements encoding.TextUnmarshaler: it takes the text as it
// stands, which is a mask if the text was written by MarshalText.
func (s *Sensitive) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}
