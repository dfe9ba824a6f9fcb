package sarifcheck

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A mutation makes one thing wrong.
type mutation struct {
	rule   string
	path   string // where it is reported
	change func(node)
}

func mutations() []mutation {
	uri := func(rule, uri string) mutation {
		return mutation{rule, "runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri", set(anURI, uri)}
	}
	const (
		driver = "runs[0].tool.driver"
		r0     = driver + ".rules[0]"
		res    = "runs[0].results[0]"
		region = "runs[0].results[0].locations[0].physicalLocation.region."
	)
	return []mutation{
		{"log-schema", "$schema", set("$schema", nil)},
		{"log-schema", "$schema", set("$schema", "https://json.schemastore.org/sarif-2.0.0.json")},
		{"log-version", "version", set("version", "2.0.0")},
		{"log-version", "version", set("version", nil)},
		{"log-runs", "runs", set("runs", nil)},
		{"log-runs", "runs", set("runs", []any{})},
		{"too-many-runs", "runs", func(log node) {
			text, _ := json.Marshal(at(log, "runs.0"))
			set("runs", times(21, func(i int) any {
				var run node
				_ = json.Unmarshal(text, &run)
				set("automationDetails", node{"id": fmt.Sprintf("%d/", i)})(run)
				return run
			}))(log)
		}},
		{"too-many-results", "runs[0].results", copies("runs.0.results", maxResults+1)},
		{"too-many-rules", "runs[0].tool", func(log node) {
			set(aDriver+"rules", times(maxRules+1, func(i int) any {
				rule := node{}
				for name, v := range at(log, "runs.0.tool.driver.rules.0").(node) {
					rule[name] = v
				}
				if i > 0 {
					rule["id"] = fmt.Sprint("r", i)
				}
				return rule
			}))(log)
		}},
		{"too-many-extensions", "runs[0].tool", set("runs.0.tool.extensions", times(101, func(i int) any { return node{"name": fmt.Sprint(i)} }))},
		{"too-many-locations", res + ".locations", copies(aResult+"locations", maxLocations+1)},
		{"too-many-flow-locations", res + ".codeFlows", set(aResult+"codeFlows", []any{node{"threadFlows": []any{
			node{"locations": times(6000, func(int) any { return node{} })}, node{"locations": times(4001, func(int) any { return node{} })},
		}}})},
		{"too-many-tags", r0 + ".properties", set(aRule+"properties.tags", append([]any{"security"}, times(20, func(i int) any { return fmt.Sprint(i) })...))},
		{"run-results", "runs[0].results", set(aRun+"results", nil)},
		{"run-category", "runs[0].automationDetails", set(aRun+"automationDetails.id", "history")},
		{"run-twice", "runs[1].automationDetails", copies("runs", 2)},
		{"run-columns", "runs[0].columnKind", set(aRun+"columnKind", nil)},
		{"run-columns", "runs[0].columnKind", set(aRun+"columnKind", "unicodeCodePoints")},
		{"driver-name", driver + ".name", set(aDriver+"name", nil)},
		{"driver-name", driver + ".name", set(aDriver+"name", "")},
		{"driver-version", driver + ".semanticVersion", set(aDriver+"semanticVersion", "v8.0.0")},
		{"rule-id", r0 + ".id", func(log node) { set(aRule+"id", "")(log); set(aRun+"results", []any{})(log) }},
		{"rule-id", r0 + ".id", func(log node) { set(aRule+"id", nil)(log); set(aRun+"results", []any{})(log) }},
		{"rule-twice", driver + ".rules[1].id", func(log node) {
			rules := at(log, "runs.0.tool.driver.rules").([]any)
			second := node{}
			for name, v := range rules[0].(node) {
				second[name] = v
			}
			second["name"] = "Other"
			set(aDriver+"rules", []any{rules[0], second})(log)
		}},
		{"rule-short-description", r0 + ".shortDescription", set(aRule+"shortDescription", nil)},
		{"rule-short-description", r0 + ".shortDescription", set(aRule+"shortDescription.text", strings.Repeat("ü", maxText+1))},
		{"rule-short-description", r0 + ".shortDescription", set(aRule+"shortDescription.text", "")},
		{"rule-full-description", r0 + ".fullDescription", set(aRule+"fullDescription", nil)},
		{"rule-full-description", r0 + ".fullDescription", set(aRule+"fullDescription.text", strings.Repeat("x", 5000))},
		{"rule-help", r0 + ".help", set(aRule+"help", nil)},
		{"rule-help", r0 + ".help", set(aRule+"help.text", "")},
		{"rule-name", r0 + ".name", set(aRule+"name", strings.Repeat("x", maxName+1))},
		{"rule-level", r0 + ".defaultConfiguration.level", set(aRule+"defaultConfiguration.level", "none")},
		{"schema", r0 + ".defaultConfiguration.level", set(aRule+"defaultConfiguration.level", "fatal")},
		{"schema", r0 + ".help", set(aRule+"help.text", nil)},
		{"rule-precision", r0 + ".properties.precision", set(aRule+"properties.precision", "best")},
		{"rule-problem-severity", r0 + `.properties["problem.severity"]`, set(aRule+"properties.problem_severity", "bad")},
		{"rule-security-severity", r0 + ".properties", set(aRule+"properties.security-severity", nil)},
		{"rule-security-severity", r0 + ".properties", set(aRule+"properties.security-severity", 8.0)},
		{"rule-security-severity", r0 + ".properties", set(aRule+"properties.security-severity", "0")},
		{"rule-security-severity", r0 + ".properties", set(aRule+"properties.security-severity", "10.1")},
		{"rule-security-severity", r0 + ".properties", set(aRule+"properties.security-severity", "NaN")},
		{"rule-security-tag", r0 + ".properties", set(aRule+"properties.tags", []any{"secret"})},
		{"result-rule", res + ".ruleId", func(log node) { set(aResult+"ruleId", nil)(log); set(aResult+"ruleIndex", nil)(log) }},
		{"result-rule-index", res, set(aResult+"ruleIndex", 1)},
		{"result-rule-index", res, set(aResult+"ruleId", "other")},
		{"result-rule-index", res, func(log node) { set(aResult+"ruleId", "other")(log); set(aResult+"ruleIndex", nil)(log) }},
		{"result-level", res, func(log node) { set(aResult+"level", nil)(log); set(aRule+"defaultConfiguration", nil)(log) }},
		{"result-message", res + ".message", set(anMessage, nil)},
		{"result-message", res + ".message", set(anMessage+".text", "")},
		{"result-location", res + ".locations", set(aResult+"locations", nil)},
		{"result-location", res + ".locations", set(aResult+"locations", []any{})},
		{"location-uri", res + ".locations[0].physicalLocation", set(aPlace+"artifactLocation", nil)},
		{"location-uri", res + ".locations[0].physicalLocation", set(aResult+"locations.0.physicalLocation", nil)},
		{"location-uri", res + ".locations[0].physicalLocation.artifactLocation.uri", set(anURI, nil)},
		{"location-uri", res + ".locations[0].physicalLocation.artifactLocation.uri", set(anURI, "")},
		{"location-line", res + ".locations[0].physicalLocation", set(aPlace+"region", nil)},
		{"location-line", region + "startLine", set(aRegion+"startLine", 0)},
		{"location-region", region + "startColumn", set(aRegion+"startColumn", 0)},
		{"location-region", region + "endLine", set(aRegion+"endLine", 0)},
		{"location-region", region + "endColumn", set(aRegion+"endColumn", 0)},
		{"location-region", region + "endLine", set(aRegion+"endLine", 2)},
		{"location-region", region + "endColumn", set(aRegion+"endColumn", 4)},
		{"location-region", region + "startLine", set(aRegion+"startLine", json.Number("1e30"))},
		{"location-region", region + "endColumn", set(aRegion+"endColumn", 5_000_000_000)},
		uri("uri-absolute", "https://example.com/a.go"),
		uri("uri-absolute", "C:/src/a.go"),
		uri("uri-absolute", `C:\src\a.go`),
		uri("uri-absolute", "commit message: fix it"), // trufflehog's
		uri("uri-root", "/src/a.go"),
		uri("uri-root", "//host/a.go"),
		uri("uri-root", "%2Fsrc/a.go"),
		uri("uri-root", "file:///src/a.go"),
		uri("uri-parent", "../a.go"),
		uri("uri-parent", "src/%2E%2E/../a.go"),
		uri("uri-backslash", `src\a.go`),
		uri("uri-encoding", "with space.go"),
		uri("uri-encoding", "ü.go"),
		uri("uri-encoding", "100%.go"),
		uri("uri-encoding", "a[1].go?x"),
		uri("uri-member", "a.zip!b/c.go"),
		uri("uri-member", "a.zip%21b.go"),
		uri("uri-object", strings.Repeat("0a", 20)),
		{"line-hash", res + ".partialFingerprints", set(aResult+"partialFingerprints", nil)},
		{"line-hash", res + ".partialFingerprints", set(aResult+"partialFingerprints.primaryLocationLineHash", "XYZ")},
		{"personal-data", res + ".partialFingerprints.author", set(aResult+"partialFingerprints.author", "Ann")},
		{"personal-data", res + ".fingerprints.who", set(aResult+"fingerprints", node{"who": "ann@example.com"})},
		{"schema", res + ".kind", set(aResult+"kind", "bad")},
		{"schema", res + ".typo", set(aResult+"typo", 1)},
		{"schema", region + "startLine", set(aRegion+"startLine", "3")},
		{"schema", "runs[0]", set(aRun+"tool", nil)},
		{"schema", res + ".rank", set(aResult+"rank", 101)},
		{"schema", res + ".guid", set(aResult+"guid", "1")},
		{"schema-uri", driver + ".informationUri", set(aDriver+"informationUri", "not a link")},
	}
}
