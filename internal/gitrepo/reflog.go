package gitrepo

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// A Reflog is the history of one ref in this repository.
type Reflog struct {
	Ref     string // its name, as Ref.Name has it
	File    string
	Text    []byte     // of the file as it stands
	Entries []LogEntry // oldest first
}

// A LogEntry is a line of a reflog.
type LogEntry struct {
	Old, New    string // object ids; all zeros: none
	Name, Email string
	When        time.Time
	Message     string // any bytes but a line feed
	Line        int
}

// Bounds of reflogs.
const (
	maxReflog  = 512 << 20 // one
	maxReflogs = 1 << 30   // all together
)

// Reflogs reads every reflog of the repository and of its worktrees. Take
// EachReflog where there may be many.
func (r *Repo) Reflogs() ([]Reflog, error) {
	var logs []Reflog
	err := r.EachReflog(func(l Reflog) { logs = append(logs, l) })
	return logs, err
}

// EachReflog calls visit for each reflog, also for those of refs that are no
// more and those without a valid line.
func (r *Repo) EachReflog(visit func(Reflog)) error {
	var problems Problems
	left := int64(maxReflogs)
	trees := r.eachTree(func(t tree) {
		t.walk("logs", &problems, nil, func(name string, _ fs.DirEntry) {
			log, err := r.readReflog(t, name, &left)
			for _, p := range ProblemsOf(err) {
				problems.add(t.join(name), p.Line, p.Err)
			}
			if log.File != "" {
				visit(log)
			}
		})
	})
	return append(problems, trees...).err()
}

// readReflog reads one reflog. left is how much may be read of all of them.
func (r *Repo) readReflog(t tree, name string, left *int64) (Reflog, error) {
	if *left <= 0 {
		return Reflog{}, Problem{Err: fmt.Errorf("%w: all reflogs together", ErrTooLarge)}
	}
	text, err := t.read(name, maxReflog)
	if err != nil {
		return Reflog{}, Problem{Err: err}
	}
	*left -= int64(len(text))
	log := Reflog{Ref: t.full(strings.TrimPrefix(name, "logs/")), File: t.join(name), Text: text}
	var problems Problems
	log.Entries, problems = r.parseReflog(text)
	return log, problems.err()
}

// parseReflog reads lines of the form
//
//	OLD NEW NAME <EMAIL> SECONDS ZONE\tMESSAGE
func (r *Repo) parseReflog(text []byte) ([]LogEntry, Problems) {
	entries := make([]LogEntry, 0, bytes.Count(text, []byte("\n")))
	var problems Problems
	for n, line := range lines(text) {
		e, ok := r.parseLogLine(line)
		if !ok && len(line) == 0 {
			continue
		}
		if !ok {
			problems.add("", n, corrupt("not a line of a reflog"))
			continue
		}
		e.Line = n
		entries = append(entries, e)
	}
	return entries, problems
}

// parseLogLine is as lax as git is (refs/files-backend.c, show_one_reflog_ent):
// the ids and the shape of the time must be right.
func (r *Repo) parseLogLine(line []byte) (LogEntry, bool) {
	var e LogEntry
	n := r.hexLen()
	if len(line) < 2*n+2 || leadingHex(line[:n]) < n || line[n] != ' ' ||
		leadingHex(line[n+1:2*n+1]) < n || line[2*n+1] != ' ' {
		return e, false
	}
	e.Old, e.New = string(line[:n]), string(line[n+1:2*n+1])
	who, message, _ := bytes.Cut(line[2*n+2:], []byte("\t"))
	e.Message = string(message)
	right := bytes.LastIndexByte(who, '>')
	if right < 0 {
		return e, false
	}
	left := bytes.IndexByte(who[:right], '<')
	if left < 0 {
		return e, false
	}
	e.Name = string(bytes.TrimRight(who[:left], " "))
	e.Email = string(who[left+1 : right])
	e.When = when(string(who[right+1:]))
	return e, true
}

// when reads seconds and a zone; what is no time is the beginning of time.
func when(text string) time.Time {
	seconds, zone, _ := strings.Cut(strings.TrimSpace(text), " ")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	z, _ := strconv.Atoi(zone)
	offset := (z/100)*3600 + (z%100)*60
	if offset < -86400 || offset > 86400 {
		offset = 0
	}
	return time.Unix(s, 0).In(time.FixedZone("", offset))
}
