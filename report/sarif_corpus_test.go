package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestSARIFPassesItsOwnCheck: whatever names, texts and numbers are in a scan.
func TestSARIFPassesItsOwnCheck(t *testing.T) {
	for _, redact := range []int{0, 40, 100} {
		opts := Options{Redact: redact, Verbose: true}
		for name, r := range map[string]*recording{
			"example": exampleScan(), "nasty": nastyScan(), "nothing found": emptyScan(true), "not all read": emptyScan(false),
			"no rules": {found: []mudlark.Finding{findingOf("", "x", "x", mudlark.Origin{}, -1)}}, "nothing": {},
		} {
			text := r.write(t, "sarif", opts)
			validate(t, text)
			passes(t, fmt.Sprint(name, ", redact ", redact), text)
		}
		for seed := range uint64(20) {
			r, _ := plantedScan(seed)
			passes(t, fmt.Sprint("planted ", seed), r.write(t, "sarif", opts))
		}
	}
}

// TestRulesOfAnyFormPassTheCheck: a configuration may say anything of a rule.
func TestRulesOfAnyFormPassTheCheck(t *testing.T) {
	long := strings.Repeat("ü", 5000)
	var tags []string
	for i := range 50 {
		tags = append(tags, fmt.Sprint("tag", i), "")
	}
	r := &recording{run: mudlark.Run{Tool: mudlark.Tool{Name: "", Version: "v1", URL: "no link"}, Source: "a \"b\"\x1b/c"}}
	for i, rule := range []mudlark.RuleInfo{
		{ID: "a b/c"}, {ID: long, Description: long, Help: long, Revoke: long, Tags: tags}, {ID: "x", Description: " ", Help: "javascript:x", Tags: []string{"security", "secret"}},
		{ID: "\x00", Severity: 99, Confidence: -1},
	} {
		r.run.Rules = append(r.run.Rules, rule)
		r.found = append(r.found, findingOf(rule.ID, secretFor("a"), secretFor("a"), mudlark.Origin{Source: "dir", Path: "a"}, i))
	}
	text := r.write(t, "sarif", Options{Redact: 100})
	validate(t, text)
	passes(t, "rules", text)
}
