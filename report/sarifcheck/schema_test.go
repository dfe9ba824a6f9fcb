package sarifcheck

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the files that are made")

// undescribed returns a schema without what is for people.
func undescribed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, below := range v {
			if _, text := below.(string); text && (name == "description" || name == "title" || name == "default") {
				continue
			}
			if name == "default" {
				continue
			}
			out[name] = undescribed(below)
		}
		return out
	case []any:
		for i := range v {
			v[i] = undescribed(v[i])
		}
	}
	return v
}

// TestThePackedSchemaIsTheWhole: go test -update makes it again.
func TestThePackedSchemaIsTheWhole(t *testing.T) {
	text, err := os.ReadFile("../testdata/sarif-2.1.0.json")
	must(t, err)
	var whole any
	must(t, json.Unmarshal(text, &whole))
	want, err := json.Marshal(undescribed(whole))
	must(t, err)
	if *update {
		var b bytes.Buffer
		zip, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		must(t, err)
		_, err = zip.Write(want)
		must(t, err)
		must(t, zip.Close())
		must(t, os.WriteFile("schema.json.gz", b.Bytes(), 0o644))
		return
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	got, err := io.ReadAll(zip)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Error("schema.json.gz is not made from sarif-2.1.0.json: run go test -update")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
