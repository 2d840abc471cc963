package engine

import (
	"encoding/json"
	"math"
	"strconv"
)

// number is a value that is sent with six significant digits. One that is not finite is sent as
// null.
type number float64

// MarshalJSON returns the number as JSON.
func (v number) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(v)), nil }

// numbers are values of a layer or an image, sent as those of [number].
type numbers []number

// MarshalJSON returns an array.
func (list numbers) MarshalJSON() ([]byte, error) {
	text := append(make([]byte, 0, 9*len(list)+2), '[')
	for i, v := range list {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendNumber(text, float64(v))
	}
	return append(text, ']'), nil
}

func appendNumber(text []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(text, "null"...)
	}
	return strconv.AppendFloat(text, v, 'g', 6, 64)
}

// numbersOf returns values as numbers.
func numbersOf[F float32 | float64](values []F) numbers {
	list := make(numbers, len(values))
	for i, v := range values {
		list[i] = number(v)
	}
	return list
}

// exact is a value that is sent with all its digits. One that is not finite is sent as null.
type exact float64

// MarshalJSON returns the number as JSON.
func (v exact) MarshalJSON() ([]byte, error) {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}
