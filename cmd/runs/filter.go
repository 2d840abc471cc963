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

// condition is a comparison that a listed run fulfils.
type condition struct {
	key, operator, value string
}

// parseConditions reads comparisons with commas between them, quoted as in CSV.
func parseConditions(text string) ([]condition, error) {
	r := csv.NewReader(strings.NewReader(text))
	items, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%q is no list of conditions key=value", text)
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

func parseCondition(item string) (condition, error) {
	at := strings.IndexAny(item, "=!<>")
	if at > 0 {
		for _, operator := range []string{"!=", "<=", ">=", "=", "<", ">"} {
			if rest, ok := strings.CutPrefix(item[at:], operator); ok {
				return condition{strings.TrimSpace(item[:at]), operator, strings.TrimSpace(rest)}, nil
			}
		}
	}
	return condition{}, fmt.Errorf("condition %q, want key=value with one of = != < <= > >=", item)
}

// filter keeps the runs that fulfil all conditions.
func filter(runs []*runfolder.Run, conditions []condition, known []string) ([]*runfolder.Run, error) {
	for _, c := range conditions {
		if !slices.Contains(known, c.key) {
			return nil, cli.Usagef("-filter: unknown key %q; the known ones are %s", c.key, list(known))
		}
		if _, err := c.number(); err != nil && c.operator != "=" && c.operator != "!=" {
			return nil, cli.Usagef("-filter: %s%s%s compares with %q, want a number", c.key, c.operator, c.value, c.value)
		}
	}
	return slices.DeleteFunc(runs, func(r *runfolder.Run) bool {
		return slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(lookup(r, c.key)) })
	}), nil
}

// number is the value as a number, which may be written as a percentage.
func (c condition) number() (float64, error) {
	return strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(c.value, "%")), 64)
}

// holds compares as numbers if both are, else as texts. A run that lacks the value
// differs from every value.
func (c condition) holds(v value) bool {
	if v.is == absent {
		return c.operator == "!="
	}
	against := value{text: c.value, is: text}
	if n, err := c.number(); err == nil && v.is == number {
		against = value{number: n, is: number}
	} else if c.operator != "=" && c.operator != "!=" {
		return false // a text is neither below nor above a number
	}
	if against.is == text {
		v.is = text
	}
	switch order := v.compare(against); c.operator {
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
