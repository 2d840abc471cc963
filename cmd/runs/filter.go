package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/train/runfolder"
)

// condition compares the value of a key with a constant.
type condition struct {
	key, operator, value string
}

// parseConditions parses conditions separated by commas and quoted as in CSV.
func parseConditions(text string) ([]condition, error) {
	r := csv.NewReader(strings.NewReader(text))
	items, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%q is not a list of conditions key=value: %w", text, err)
	}
	var list []condition
	for _, item := range items {
		c, err := parseCondition(item)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// parseCondition parses one condition, such as epochs>2.
func parseCondition(item string) (condition, error) {
	item = strings.TrimSpace(item)
	pos := strings.IndexAny(item, "=!<>")
	if pos > 0 {
		for _, operator := range []string{"!=", "<=", ">=", "=", "<", ">"} {
			if rest, ok := strings.CutPrefix(item[pos:], operator); ok {
				return condition{strings.TrimSpace(item[:pos]), operator, strings.TrimSpace(rest)}, nil
			}
		}
	}
	return condition{}, fmt.Errorf("condition %q, want key=value, with one of = != < <= > >=", item)
}

// filter returns the runs that satisfy all conditions.
func filter(runs []*runfolder.Run, conditions []condition, known []string) ([]*runfolder.Run, error) {
	for _, c := range conditions {
		if !slices.Contains(known, c.key) {
			return nil, cli.Usagef("-filter: unknown key %q; the known ones are %s", c.key, list(known))
		}
		if _, err := c.number(); err != nil && c.operator != "=" && c.operator != "!=" {
			return nil, cli.Usagef("-filter: %s%s%s: the value is %q, want a number", c.key, c.operator, c.value, c.value)
		}
	}
	return slices.DeleteFunc(runs, func(r *runfolder.Run) bool {
		return slices.ContainsFunc(conditions, func(c condition) bool { return !c.matches(lookup(r, c.key)) })
	}), nil
}

// number returns the value as a number; a percent sign after it is ignored.
func (c condition) number() (float64, error) {
	return strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(c.value, "%")), 64)
}

// matches reports whether v satisfies the condition. It compares numbers if both values
// are numbers, and texts otherwise. An absent value satisfies only != conditions.
func (c condition) matches(v value) bool {
	if v.kind == absent {
		return c.operator == "!="
	}
	want := value{text: c.value, kind: text}
	if n, err := c.number(); err == nil && v.kind == number {
		want = value{number: n, kind: number}
	} else if c.operator != "=" && c.operator != "!=" {
		return false // texts are not ordered
	}
	if want.kind == text {
		v.kind = text
	}
	switch order := v.compare(want); c.operator {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}
