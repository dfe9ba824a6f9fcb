package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A sarifPlace is where a result is shown. Services show files as they are
// checked out, and need one for every result.
type sarifPlace struct {
	uri    string
	region sarifRegion
	member string // of an archive, if the secret lies in one
	full   string // path of the member, with that of the archive
	tree   bool   // the checked-out tree has the secret
	hash   string // primaryLocationLineHash
}

// sarifPlace ties f to its line if the checked-out tree has it there. What
// lies elsewhere is tied to the first line of a file: there may be another
// text at its line today, and an alert must not take that line for its own.
func (s *scan) sarifPlace(f *mudlark.Finding) sarifPlace {
	p := sarifPlace{region: sarifRegion{StartLine: 1}, tree: inTree(f), hash: fingerprintHash(f.Fingerprint)}
	uri, member, ok := s.relative(f.Origin.Path)
	if !ok || ownFile(f) {
		p.uri = s.anchorURI()
		return p
	}
	p.uri, p.member = uri, member
	if member != "" {
		p.full = f.Origin.Path
		return p
	}
	if p.tree && f.Origin.Part == "" {
		p.region = sarifRegionOf(f.Position)
		p.hash = cmp.Or(f.LineHash, p.hash)
	}
	return p
}

// ownFile reports whether f lies in a file of git's own, which nobody checks out.
func ownFile(f *mudlark.Finding) bool {
	return f.Origin.Exposure != nil && f.Origin.Exposure.Held == mudlark.HeldByWorktree
}

func (p *sarifPlace) location() sarifLocation {
	l := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{p.uri, sarifRoot}, Region: &p.region}}
	if p.member != "" {
		l.Logical = []sarifLogical{{Name: p.member, QualifiedName: p.full, Kind: "resource"}}
	}
	return l
}

// inTree reports whether f's content is in the files that are checked out, or
// about to be.
func inTree(f *mudlark.Finding) bool {
	x := f.Origin.Exposure
	if x == nil {
		return f.Origin.Path != "" && f.Origin.Part == "" && f.Origin.Commit == nil
	}
	return x.Held == mudlark.HeldByIndex || slices.Contains(x.Tips, "HEAD")
}

func sarifRegionOf(p mudlark.Position) sarifRegion {
	r := sarifRegion{StartLine: max(p.StartLine, 1)}
	if p.StartLine < 1 || p.StartUTF16 < 1 {
		return r
	}
	r.StartColumn = p.StartUTF16
	if end := max(p.EndLine, p.StartLine); p.EndUTF16 >= 1 && (end > p.StartLine || p.EndUTF16 > p.StartUTF16) {
		r.EndLine, r.EndColumn = end, p.EndUTF16
	}
	return r
}

// fingerprintHash returns an identity for a result that has no line: that of
// the secret itself.
func fingerprintHash(fingerprint string) string {
	digits := fingerprint[strings.LastIndex(fingerprint, ":")+1:]
	if len(digits) != 16 || !isHex(digits) {
		sum := sha256.Sum256([]byte(fingerprint))
		digits = hex.EncodeToString(sum[:8])
	}
	return digits + ":1"
}

// relative returns the URI of a file, relative to what was scanned, and the
// member if name is one of an archive. It is not ok for a name that leads out
// of it: one absolute URI makes GitHub refuse the whole report.
func (s *scan) relative(name string) (uri, member string, ok bool) {
	if target := strings.TrimSuffix(strings.ReplaceAll(s.run.Target, `\`, "/"), "/"); target != "" && leadsOut(name) {
		if inner, found := strings.CutPrefix(name, target+"/"); found {
			name = inner
		} else if name == target {
			name = path.Base(name)
		}
	}
	outer, member := splitMember(name)
	outer = path.Clean(outer)
	if name == "" || outer == "." || leadsOut(outer) {
		return "", "", false
	}
	return escapePath(outer), member, true
}

// leadsOut reports whether name is absolute, on any system, or goes upward.
func leadsOut(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) >= 2 && name[1] == ':' && (len(name) == 2 || name[2] == '/')
	return drive || strings.HasPrefix(name, "/") || name == ".." || strings.HasPrefix(name, "../")
}

// splitMember splits the path of an archive's member after the outermost
// archive. A file's own name may have an exclamation mark: it is taken for one
// that ends an archive's name if that name has an extension.
func splitMember(name string) (outer, member string) {
	for from := 0; ; {
		i := strings.IndexByte(name[from:], '!')
		if i < 0 {
			return name, ""
		}
		at := from + i
		if strings.LastIndexByte(path.Base(name[:at]), '.') > 0 && at+1 < len(name) {
			return name[:at], name[at+1:]
		}
		from = at + 1
	}
}

// escapePath returns name as the path of a relative URI.
func escapePath(name string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

// sarifMessage says what was found and where, and what to do first.
func sarifMessage(rule mudlark.RuleInfo, f *mudlark.Finding, p sarifPlace) string {
	text := strings.TrimRight(cmp.Or(rule.Description, ruleName(rule)), ". ")
	if f.Key != "" {
		text += fmt.Sprintf(", assigned to %q", f.Key)
	}
	text += ", " + sarifWhere(f, p) + ". "
	if known := verificationSentence(&f.Verification); known != "" {
		text += known + " "
	}
	if f.Verification.Status == mudlark.Inactive {
		return strings.TrimSpace(text)
	}
	return text + strings.TrimSpace("Revoke it first. "+sentence(rule.Revoke))
}

// sarifWhere says in words what a location cannot.
func sarifWhere(f *mudlark.Finding, p sarifPlace) string {
	line := ""
	if f.Position.StartLine > 0 {
		line = fmt.Sprintf(", line %d", f.Position.StartLine)
	}
	var where []string
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		where = append(where, "commit "+c.ID)
	}
	if f.Origin.Part != "" {
		where = append(where, f.Origin.Part)
	}
	if f.Origin.Path != "" {
		where = append(where, "path "+f.Origin.Path)
	}
	if len(where) == 0 && f.Origin.Object != "" {
		where = append(where, "object "+f.Origin.Object)
	}
	where = append(where, labels(f.Origin.Labels)...)
	switch place := strings.Join(where, ", ") + line; {
	case p.tree && p.member != "":
		return "in the member " + p.member + " of the archive" + line
	case p.tree && f.Origin.Part == "":
		return "in " + f.Origin.Path + line
	case f.Origin.Exposure != nil && f.Origin.Exposure.Held == mudlark.HeldByRef && len(f.Origin.Exposure.Tips) == 0 && f.Origin.Part == "":
		return "only in history: " + place
	case f.Origin.Exposure != nil && f.Origin.Part == "":
		return heldWords(f.Origin.Exposure) + ": " + place
	default:
		return "in " + strings.TrimPrefix(place, ", ")
	}
}
