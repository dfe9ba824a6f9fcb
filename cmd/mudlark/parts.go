package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/mudlark-scan/mudlark/report"
)

// parts are what a report goes on in that its readers do not take whole.
type parts struct {
	first *report.File
	all   []wanted // reports, whose places are taken
	files []*report.File
	err   error // why there is not one more
}

// open opens part n.
func (p *parts) open(n int) (io.Writer, error) {
	next, err := p.next(n)
	if err != nil {
		p.err = err
		p.discard()
		return nil, err
	}
	p.files = append(p.files, next)
	return next, nil
}

func (p *parts) next(n int) (*report.File, error) {
	place := wanted{path: p.first.PartPath(n)}.place()
	for _, w := range p.all {
		if w.place() == place {
			return nil, fmt.Errorf("part %d of a sarif report belongs into %q, where the %s report goes: choose another name", n, w.path, w.format)
		}
	}
	return p.first.Part(n)
}

// commit puts the parts in their places, and takes away those of an earlier report.
func (p *parts) commit() error {
	errs := []error{p.err}
	for _, file := range p.files {
		errs = append(errs, file.Commit())
	}
	return errors.Join(append(errs, p.first.RemoveParts(1+len(p.files)))...)
}

func (p *parts) abort() {
	if p != nil {
		p.discard()
	}
}

// discard takes back the parts that were not committed.
func (p *parts) discard() {
	for _, file := range p.files {
		file.Abort()
	}
	p.files = nil
}
