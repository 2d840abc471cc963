package engine

import (
	"context"
	"math"
	"slices"

	"inkstone/model/explain"
)

// valueQuestion asks how a value of a layer is computed.
type valueQuestion struct {
	Model  string `json:"model"`
	Pixels pixels `json:"pixels"`
	Layer  string `json:"layer"`
	At     []int  `json:"at"` // row, column and channel, or the unit
}

// arithmetic is the answer of the route arithmetic.
type arithmetic struct {
	Layer     string           `json:"layer"`
	Kind      string           `json:"kind"`
	At        []int            `json:"at"`
	Value     exact            `json:"value"`  // as the kernel computed it, in float32
	Result    exact            `json:"result"` // of the formula, in float64
	Formula   string           `json:"formula"`
	Line      string           `json:"line"`    // the formula with its numbers
	Terms     []term           `json:"terms"`   // what the formula reads; all, or those with the largest products
	Omitted   int              `json:"omitted"` // terms that are left out
	Rest      exact            `json:"rest"`    // sum of their products
	Bias      exact            `json:"bias"`
	Constants map[string]exact `json:"constants"` // further numbers of the formula
}

// term is a value that a formula reads.
type term struct {
	From    string `json:"from"` // layer, or "images" for the normalized image
	At      []int  `json:"at"`
	Row     int    `json:"row"` // within the window
	Column  int    `json:"column"`
	Padding bool   `json:"padding,omitempty"` // outside of the input, which counts as 0
	Input   exact  `json:"input"`
	Weight  exact  `json:"weight"`
}

// maxTerms is the number of terms that an answer has at most.
const maxTerms = 4096

// arithmetic answers the call of the route arithmetic.
func (e *Engine) arithmetic(ctx context.Context, q *valueQuestion) (*arithmetic, error) {
	one, err := e.find(q.Model)
	if err != nil {
		return nil, err
	}
	if err := checkPixels(0, q.Pixels); err != nil {
		return nil, err
	}
	var a *explain.Arithmetic
	err = one.explain(ctx, e.options.Workers, func(x *explain.Explainer) error {
		if _, err := one.outputShape(q.Layer); err != nil {
			return err
		}
		if a, err = x.Arithmetic(q.Pixels, q.Layer, q.At...); err != nil {
			return problemf("unknown_value", "%v", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return arithmeticOf(a), nil
}

func arithmeticOf(a *explain.Arithmetic) *arithmetic {
	result := &arithmetic{
		Layer: a.Layer, Kind: a.Kind, At: a.At, Value: exact(a.Value), Result: exact(a.Result), Formula: a.Formula, Line: a.Line,
		Terms: []term{}, Bias: exact(a.Bias), Constants: map[string]exact{},
	}
	smallest := smallestProduct(a.Terms)
	for _, t := range a.Terms {
		if product := t.Input * t.Weight; math.Abs(product) < smallest || len(result.Terms) == maxTerms {
			result.Omitted++
			result.Rest += exact(product)
			continue
		}
		result.Terms = append(result.Terms, term{t.From, t.At, t.Row, t.Column, t.Padding, exact(t.Input), exact(t.Weight)})
	}
	for _, c := range a.Constants {
		result.Constants[c.Name] = exact(c.Value)
	}
	return result
}

// smallestProduct returns the magnitude of the smallest product that is sent: 0 unless there are
// more than [maxTerms].
func smallestProduct(terms []explain.Term) float64 {
	if len(terms) <= maxTerms {
		return 0
	}
	sizes := make([]float64, len(terms))
	for i, t := range terms {
		sizes[i] = math.Abs(t.Input * t.Weight)
	}
	slices.Sort(sizes)
	return sizes[len(sizes)-maxTerms]
}
