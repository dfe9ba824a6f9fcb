// Package templates runs Go templates that may come from anywhere: in the language
// of text/template, with the functions of sprig that touch nothing outside, within
// bounds of time and memory. Start with Parse; functions.go lists the functions.
//
// It stands on a copy of text/template that cannot call methods: with the package
// itself the linker would keep every method of every type in the program.
package templates

import (
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
	"time"

	template "github.com/DataDog/datadog-agent/pkg/template/text"
)

// MaxBytes is the longest text of a template.
const MaxBytes = 512 << 10

// A Template is the text of one, understood.
type Template struct {
	name  string
	trees map[string]*parse.Tree
	uses  []string // the functions that it calls, and those that bound it
	own   map[string]any
	steps int64 // that a run may take
}

// Parse understands the text of a template. The functions that it may call are
// sprig's, as far as they are safe, and those of own, which have a result and
// maybe an error.
func Parse(name, text string, own map[string]any) (*Template, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("template %q: it is larger than %d kB", name, MaxBytes>>10)
	}
	known := (&run{}).functions()
	for name := range refused() {
		known[name] = name // so that it is refused by its name
	}
	trees, err := parse.Parse(name, text, "", "", known, own, builtins())
	if err != nil {
		return nil, fmt.Errorf("template %s", after(err, "template: "))
	}
	t := &Template{name: name, trees: trees, own: own, steps: maxSteps}
	if t.trees[name] == nil { // nothing but definitions
		t.trees[name] = &parse.Tree{Name: name, ParseName: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
	}
	for _, tree := range t.trees {
		b := bounder{tree: tree, entry: tree.Name == name}
		if err := b.bound(); err != nil {
			return nil, fmt.Errorf("template %w", err)
		}
		t.uses = append(t.uses, b.uses...)
	}
	slices.Sort(t.uses)
	t.uses = slices.Compact(t.uses)
	return t, nil
}

// builtins are the functions of the language itself that need no bound. Functions
// has the others.
func builtins() map[string]any {
	m := map[string]any{}
	for _, name := range strings.Fields("and call len not or") {
		m[name] = name
	}
	return m
}

// Execute writes what the template makes of data. It fails when the template does
// more than it may, and then what was written is worth nothing. Now is what the
// template takes for the present.
func (t *Template) Execute(w io.Writer, data any, now time.Time) error {
	r := &run{now: now.UTC(), steps: t.steps, room: maxMade, lists: map[*any]int{}, patterns: map[string]*pattern{}}
	size, err := (&run{steps: math.MaxInt64}).measured(reflect.ValueOf(data), 0)
	if err != nil {
		return fmt.Errorf("template %q: %w", t.name, err)
	}
	r.steps += int64(size) / stepBytes
	r.room += int64(size) * madeBytes
	all := r.functions()
	for name, f := range t.own {
		all[name] = f
	}
	used := template.FuncMap{}
	for _, name := range t.uses {
		if f := all[name]; f != nil {
			used[name] = r.bounded(f)
		}
	}
	main := template.New(t.name).Funcs(used)
	for name, tree := range t.trees {
		if _, err := main.AddParseTree(name, tree); err != nil {
			return fmt.Errorf("template %s", after(err, "template: "))
		}
	}
	if err := main.Execute(&output{w: w, room: maxOutput}, data); err != nil {
		if unwritten, ok := errors.AsType[*writeError](err); ok {
			return unwritten.err
		}
		if errors.Is(err, errTooMuch) {
			return fmt.Errorf("template %q: %w", t.name, errTooMuch)
		}
		return fmt.Errorf("template %s", after(err, "template: "))
	}
	return nil
}

// after returns the words of err without what they begin with.
func after(err error, prefix string) string { return strings.TrimPrefix(err.Error(), prefix) }

// output bounds what is written, and keeps errors of the writer apart.
type output struct {
	w    io.Writer
	room int64
}

type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

func (o *output) Write(p []byte) (int, error) {
	if o.room -= int64(len(p)); o.room < 0 {
		return 0, errTooMuch
	}
	n, err := o.w.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}
