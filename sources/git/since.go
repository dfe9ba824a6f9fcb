package git

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseSince reads a date: 2006-01-02, that with a time, RFC 3339, or how long
// ago, as "2 weeks ago" or "3 days". Dates without a zone are in that of now.
func parseSince(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, ok := parseAgo(strings.ToLower(text), now); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("date %q is not understood: write it as 2024-12-31, 2024-12-31T15:04:05Z or \"2 weeks ago\"", text)
}

func parseAgo(text string, now time.Time) (time.Time, bool) {
	switch text {
	case "now":
		return now, true
	case "today":
		return midnight(now), true
	case "yesterday":
		return midnight(now.AddDate(0, 0, -1)), true
	}
	words := strings.FieldsFunc(strings.TrimSuffix(text, "ago"), func(c rune) bool { return c == ' ' || c == '.' || c == ',' })
	if len(words) == 0 || len(words)%2 != 0 {
		return now, false
	}
	for i := 0; i < len(words); i += 2 {
		n, err := strconv.Atoi(words[i])
		if words[i] == "a" || words[i] == "an" || words[i] == "one" {
			n, err = 1, nil
		}
		if err != nil || n < 0 || n > 1_000_000 {
			return now, false
		}
		var ok bool
		if now, ok = back(now, n, strings.TrimSuffix(words[i+1], "s")); !ok {
			return now, false
		}
	}
	return now, true
}

func back(t time.Time, n int, unit string) (time.Time, bool) {
	switch unit {
	case "second", "sec":
		return t.Add(-time.Duration(n) * time.Second), true
	case "minute", "min":
		return t.Add(-time.Duration(n) * time.Minute), true
	case "hour":
		return t.Add(-time.Duration(n) * time.Hour), true
	case "day":
		return t.AddDate(0, 0, -n), true
	case "week":
		return t.AddDate(0, 0, -7*n), true
	case "month":
		return t.AddDate(0, -n, 0), true
	case "year":
		return t.AddDate(-n, 0, 0), true
	}
	return t, false
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
