package verifiers

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A Journal records every question that was asked, one JSON object a line, and
// no secret. Many goroutines may use it at once.
type Journal struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// NewJournal returns a journal that is appended to w.
func NewJournal(w io.Writer) *Journal { return &Journal{w: w} }

// entry is a line of a journal.
type entry struct {
	Time    time.Time      `json:"time"`
	Rule    string         `json:"rule"`
	Method  string         `json:"method"`
	Host    string         `json:"host"`
	Secret  string         `json:"secret"` // masked
	Verdict mudlark.Status `json:"verdict"`
	Reason  string         `json:"reason,omitempty"`
	Millis  int64          `json:"ms"`
}

func (j *Journal) record(at time.Time, took time.Duration, q *question, v mudlark.Verification, problem string) {
	if j == nil {
		return
	}
	e := entry{
		Time: at.UTC().Truncate(time.Millisecond), Rule: q.credential.Rule.ID, Method: q.target.Method, Host: q.target.Host,
		Secret: masked(q), Verdict: v.Status, Reason: v.Reason, Millis: took.Milliseconds(),
	}
	if problem != "" {
		e.Verdict, e.Reason = mudlark.Unknown, problem
	}
	line, err := json.Marshal(e)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil && j.err == nil {
		_, err = j.w.Write(append(line, '\n'))
	}
	if j.err == nil {
		j.err = err
	}
}

// Err returns the first error of writing, after which nothing is recorded.
func (j *Journal) Err() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// masked is what a journal shows of a secret: the beginning of a long one that
// nobody can guess, and nothing of others.
func masked(q *question) string {
	const shown, long = 4, 20
	s := q.credential.Secret
	if q.credential.Rule.Guessable || len(s) < long {
		return mudlark.Masked
	}
	return s[:shown] + "..."
}
