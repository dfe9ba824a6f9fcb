package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
)

// whereShown is how many places of a suppression are printed, unless all are asked
// for.
const whereShown = 3

// print writes the list, and what it comes to.
func (l *listing) print(all []suppression, states map[string]int) error {
	if l.flags.format == "json" {
		e := json.NewEncoder(l.sys.out)
		e.SetIndent("", " ")
		return e.Encode(map[string]any{"version": 1, "suppressions": all})
	}
	var b strings.Builder
	quiet := 0
	for i := range all {
		s := &all[i]
		if s.Kind == string(mudlark.ByBaseline) && s.State == inUse && !l.flags.verbose {
			quiet++
			continue
		}
		l.row(&b, s)
	}
	if quiet > 0 {
		fmt.Fprintf(&b, "baseline       %s in use (-v lists them)\n", counted(quiet, "suppression"))
	}
	if len(all) == 0 && l.unused {
		b.WriteString("Every suppression is in use.\n")
	} else if len(all) == 0 {
		b.WriteString("Nothing is suppressed.\n")
	} else {
		fmt.Fprintf(&b, "%s: %d in use, %d unused, %d expired\n", counted(len(all), "suppression"), states[inUse], states[unused], states[expired])
	}
	_, err := io.WriteString(l.sys.out, b.String())
	return err
}

func (l *listing) row(b *strings.Builder, s *suppression) {
	fmt.Fprintf(b, "%-13s  %s", s.Kind, report.Printable(s.Place))
	if s.About != "" {
		b.WriteString("  " + report.Printable(s.About))
	}
	b.WriteByte('\n')
	words := []string{l.stateWords(s)}
	if s.Positional {
		words = append(words, "positional: another secret there is hidden too")
	}
	if s.Until != "" {
		words = append(words, "until "+s.Until)
	}
	if s.Reason != "" {
		words = append(words, report.Printable(s.Reason))
	}
	fmt.Fprintf(b, "    %s\n", strings.Join(words, "; "))
	for i, where := range s.Where {
		if i == whereShown && !l.flags.verbose && len(s.Where) > whereShown+1 {
			fmt.Fprintf(b, "        and %d more (-v lists them)\n", len(s.Where)-i)
			break
		}
		fmt.Fprintf(b, "        %s\n", report.Printable(where))
	}
}

func (l *listing) stateWords(s *suppression) string {
	switch {
	case s.State == expired:
		return "expired"
	case s.Kind == string(byDisabling):
		return "disables a rule, so nothing is known of what it hides"
	case s.State == unused:
		return "unused: hides nothing"
	}
	return "hides " + counted(s.Hides, "finding")
}
