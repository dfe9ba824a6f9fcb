package sarifcheck

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// rich are members of a run that good lacks, with what the schema says of them.
const rich = `{
  "artifacts": [{"location": {"uri": "a.go", "index": 0}, "length": 12, "roles": ["added"], "mimeType": "text/plain", "hashes": {"sha-256": "00"},
    "lastModifiedTimeUtc": "2024-01-31T10:00:00Z", "encoding": "UTF-8", "contents": {"text": "x"}}],
  "invocations": [{"executionSuccessful": true, "startTimeUtc": "2024-01-31T10:00:00.5Z", "environmentVariables": {"A": "b"}, "exitCode": 0,
    "toolExecutionNotifications": [{"message": {"text": "hm"}, "level": "note", "timeUtc": "2024-01-31T10:00:00Z"}]}],
  "graphs": [{"nodes": [{"id": "a", "children": [{"id": "b"}]}], "edges": [{"id": "e", "sourceNodeId": "a", "targetNodeId": "b"}]}],
  "versionControlProvenance": [{"repositoryUri": "https://example.com/x.git", "revisionId": "abc"}],
  "externalPropertyFileReferences": {"conversion": {"guid": "11111111-1111-1111-8888-111111111111"}, "taxonomies": [{"location": {"uri": "t"}, "itemCount": 1}]},
  "taxonomies": [{"name": "CWE", "language": "en-US", "dottedQuadFileVersion": "1.2.3.4", "contents": ["localizedData"], "taxa": [{"id": "1"}], "isComprehensive": true}],
  "originalUriBaseIds": {"ROOT": {"uri": "file:///x/", "description": {"text": "the root"}}},
  "results": [{
    "ruleId": "acme-token", "message": {"id": "m", "arguments": ["x"]}, "rank": 50.5, "occurrenceCount": 1, "kind": "fail", "baselineState": "new", "guid": "11111111-1111-1111-8888-111111111111",
    "graphTraversals": [{"runGraphIndex": 0, "immutableState": {"x": {"text": "y"}}}], "workItemUris": ["https://example.com/1"],
    "codeFlows": [{"threadFlows": [{"locations": [{"importance": "essential", "nestingLevel": 1, "location": {"id": 1}}]}]}],
    "suppressions": [{"kind": "external", "status": "accepted"}], "taxa": [{"id": "1", "index": 0, "toolComponent": {"name": "CWE"}}],
    "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "a.go"}, "replacements": [{"deletedRegion": {"startLine": 1}, "insertedContent": {"text": "x"}}]}]}],
    "relatedLocations": [{"physicalLocation": {"address": {"absoluteAddress": 7}, "artifactLocation": {"index": 0}}}], "hostedViewerUri": "https://example.com/",
    "provenance": {"firstDetectionTimeUtc": "2024-01-31T10:00:00Z"}, "webRequest": {"index": 0, "headers": {"a": "b"}}, "stacks": [{"frames": [{"location": {}}]}]
  }]
}`

// TestTheSchemaIsReadAsALibraryReadsIt: changes all over a log are found invalid,
// or not, as by a whole implementation of JSON schema.
func TestTheSchemaIsReadAsALibraryReadsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	schema := library(t)
	values := []any{nil, true, -2.0, 1.5, "", "x y", []any{}, []any{"a", "a"}, node{}, node{"text": "x"}, gone{}}
	c := new(Checker)
	bad, fine := 0, 0
	for at := 0; ; at++ {
		for _, v := range values {
			log, n := decode(t, good), at
			for name, v := range decode(t, rich) {
				set(aRun+name, v)(log)
			}
			if !mutate(log, &n, v) {
				if bad < 1500 || fine < 200 {
					t.Errorf("only %d changes are against the schema, and %d are not", bad, fine)
				}
				return
			}
			changed, err := json.Marshal(log)
			must(t, err)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(changed))
			must(t, err)
			want := schema.Validate(doc)
			c.analyses = nil
			report, err := c.Check("a", bytes.NewReader(changed))
			must(t, err)
			found := report.Violations
			switch {
			case want != nil && !slices.ContainsFunc(found, byForm):
				t.Errorf("change %d to %v is not found: %v", at, v, want)
			case want == nil && slices.ContainsFunc(found, func(v Violation) bool { return v.Rule == "schema" }):
				t.Errorf("change %d to %v: %+v", at, v, found)
			case want == nil:
				fine++
			default:
				bad++
			}
		}
	}
}

// byForm reports whether v may stand for something that the schema forbids.
func byForm(v Violation) bool {
	switch v.Rule {
	case "result-location", "location-uri", "line-hash":
		return false
	case "schema-uri", "uri-encoding", "log-schema":
		return true
	}
	return v.Effect == Rejected
}

// gone stands for a member that is taken away.
type gone struct{}

// mutate puts to in the place of the value number at.
func mutate(v any, at *int, to any) bool {
	switch v := v.(type) {
	case node:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if *at--; *at >= 0 {
				if mutate(v[name], at, to) {
					return true
				}
				continue
			}
			v[name] = to
			if to == (gone{}) {
				delete(v, name)
			}
			return true
		}
	case []any:
		for i := range v {
			if *at--; *at >= 0 {
				if mutate(v[i], at, to) {
					return true
				}
				continue
			}
			if v[i] = to; to == (gone{}) {
				v[i] = nil
			}
			return true
		}
	}
	return false
}

func library(t *testing.T) *jsonschema.Schema {
	file, err := os.Open("../testdata/sarif-2.1.0.json")
	must(t, err)
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	must(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	must(t, c.AddResource("sarif.json", doc))
	schema, err := c.Compile("sarif.json")
	must(t, err)
	return schema
}
