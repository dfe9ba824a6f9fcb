package rules

import (
	"errors"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseTOML returns what a text says, and where its keys and values stand.
func parseTOML(name, text string) (values map[string]any, where *node, err error) {
	defer func() {
		// The parser panics where it meets a mistake of its own.
		if r := recover(); r != nil {
			err = &Error{File: name, Problem: "the TOML parser cannot read it"}
		}
	}()
	where, at, located := locate(text)
	if errors.Is(located, errDeep) {
		line, column := lineColumn(text, at)
		return nil, nil, &Error{File: name, Line: line, Column: column, Problem: located.Error()}
	}
	whole := text
	if located != nil {
		// What follows is not known to be harmless. The parser needs a little
		// of it to say what is wrong.
		text = text[:min(len(text), at+256)]
	}
	if _, err = toml.Decode(text, &values); err == nil {
		err = located
	}
	if err == nil {
		return values, where, nil
	}
	line, column := lineColumn(whole, at)
	problem := err.Error()
	var e toml.ParseError
	if errors.As(err, &e) {
		line, column, problem = max(1, e.Position.Line), max(1, e.Position.Col), e.Message
	}
	return nil, nil, &Error{File: name, Line: line, Column: column, Problem: "not valid TOML: " + printable(problem)}
}

func lineColumn(text string, at int) (line, column int) {
	before := text[:min(at, len(text))]
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')
}
