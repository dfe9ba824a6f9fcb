package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestEvidenceIsTold(t *testing.T) {
	for _, format := range []string{"json", "jsonl", "sarif"} {
		var out bytes.Buffer
		sink, err := New(format, &out, Options{Redact: 100})
		if err != nil {
			t.Fatal(err)
		}
		f := mudlark.Finding{
			RuleID: "acme-token", Secret: mudlark.NewSensitive("acme_1234567890"), Match: mudlark.NewSensitive("acme_1234567890"), Confidence: mudlark.Medium,
			Evidence: []mudlark.Evidence{{Name: "digit", Detail: "has one", Effect: 10}, {Name: "path", Detail: "of acme_1234567890", Effect: -41}},
		}
		for _, err := range []error{sink.Begin(mudlark.Run{}), sink.Finding(f), sink.End(mudlark.Summary{})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		text := out.String()
		if !strings.Contains(text, "has one") || !strings.Contains(text, "-41") {
			t.Errorf("%s: no evidence in %s", format, text)
		}
		if strings.Contains(text, "acme_1234567890") {
			t.Errorf("%s: evidence shows a secret", format)
		}
		if format != "jsonl" && !json.Valid(out.Bytes()) {
			t.Errorf("%s is no JSON", format)
		}
		if f.Evidence[1].Detail != "of acme_1234567890" {
			t.Errorf("%s changed the evidence it was given", format)
		}
	}
}
