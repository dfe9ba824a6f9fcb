package templates

import (
	"fmt"
	"strconv"
	"time"
)

// dateFunctions tell of dates. All are in UTC, so that a report does not depend on
// the machine that writes it; and no file is read for another zone.
func (r *run) dateFunctions() map[string]any {
	return map[string]any{
		"now":            func() time.Time { return r.now },
		"date":           func(form string, v any) string { return r.time(v).Format(form) },
		"htmlDate":       func(v any) string { return r.time(v).Format(time.DateOnly) },
		"htmlDateInZone": func(v any, zone string) (string, error) { return r.inZone(time.DateOnly, v, zone) },
		"dateInZone":     r.inZone, "date_in_zone": r.inZone,
		"dateModify": func(by string, at time.Time) time.Time { t, _ := modify(by, at); return t }, "mustDateModify": modify,
		"date_modify": func(by string, at time.Time) time.Time { t, _ := modify(by, at); return t }, "must_date_modify": modify,
		"ago":           func(v any) string { return r.now.Sub(r.time(v)).Round(time.Second).String() },
		"duration":      func(v any) string { return (time.Duration(seconds(v)) * time.Second).String() },
		"durationRound": r.durationRound,
		"toDate":        func(form, text string) time.Time { t, _ := time.Parse(form, text); return t },
		"mustToDate":    func(form, text string) (time.Time, error) { return time.Parse(form, text) },
		"unixEpoch":     func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) },
	}
}

// time returns the time that v is: a time, or seconds since 1970. Anything else is
// now, as in sprig, but for the dates of a report, which are texts.
func (r *run) time(v any) time.Time {
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case int64:
		return time.Unix(v, 0).UTC()
	case int:
		return time.Unix(int64(v), 0).UTC()
	case int32:
		return time.Unix(int64(v), 0).UTC()
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UTC()
		}
	}
	return r.now
}

func (r *run) inZone(form string, v any, zone string) (string, error) {
	switch zone {
	case "", "UTC", "Local":
		return r.time(v).Format(form), nil
	}
	return "", fmt.Errorf("the time zone %q is not there: all dates are in UTC", zone)
}

// modify returns the time that is so much later, or at itself if by is no duration.
func modify(by string, at time.Time) (time.Time, error) {
	d, err := time.ParseDuration(by)
	return at.Add(d), err
}

func seconds(v any) int64 {
	switch v := v.(type) {
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	case int64:
		return v
	}
	return 0
}

// durationRound says how long something is in its largest unit.
func (r *run) durationRound(v any) string {
	var d time.Duration
	switch v := v.(type) {
	case string:
		d, _ = time.ParseDuration(v)
	case int64:
		d = time.Duration(v)
	case time.Time:
		d = r.now.Sub(v)
	}
	u := uint64(d)
	if d < 0 {
		u = -u
	}
	const day = 24 * uint64(time.Hour)
	for _, unit := range []struct {
		size uint64
		name string
	}{{365 * day, "y"}, {30 * day, "mo"}, {day, "d"}, {uint64(time.Hour), "h"}, {uint64(time.Minute), "m"}, {uint64(time.Second), "s"}} {
		if u > unit.size {
			return strconv.FormatUint(u/unit.size, 10) + unit.name
		}
	}
	return "0s"
}
