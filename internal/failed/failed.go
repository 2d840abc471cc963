// Package failed shows values that stand for the result of a failed call. Such a value is returned
// with the error, so that a notebook that shows the value later, without a look at the error,
// shows the reason.
package failed

import (
	"fmt"
	"html"
)

// Text returns the text of a failed value with its error. what names the value, such as
// "prediction". The text ends in a newline: a notebook that ends a cell in a failed call shows the
// value and then the error, which begins on a line of its own in this way.
func Text(what string, err error) string { return fmt.Sprintf("no %s: %v\n", what, err) }

// HTML returns the HTML of a failed value with its error, which a notebook shows if it shows the
// value alone.
func HTML(what string, err error) string {
	return fmt.Sprintf("<p>no %s: %s</p>", what, html.EscapeString(err.Error()))
}
