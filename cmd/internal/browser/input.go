package browser

import "fmt"

// Point is a place on the page, in pixels of CSS from the top left of the window.
type Point struct{ X, Y float64 }

// Place returns the point of an element at some share of its width and height.
func (p *Page) Place(selector string, x, y float64) Point {
	p.t.Helper()
	var box struct{ X, Y, Width, Height float64 }
	p.Eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({ block: "center", behavior: "instant" }); const { x, y, width, height } = e.getBoundingClientRect(); return { x, y, width, height }; })()`, selector), &box)
	return Point{box.X + x*box.Width, box.Y + y*box.Height}
}

// Click clicks on the middle of an element.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Drag(p.Place(selector, 0.5, 0.5))
}

// Drag presses the button of the mouse at the first point, moves to the others, and releases it.
func (p *Page) Drag(points ...Point) {
	p.t.Helper()
	mouse := func(kind string, at Point, buttons int) {
		button := "left"
		if kind == "mouseMoved" {
			button = "none"
		}
		p.do("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": button, "buttons": buttons, "clickCount": 1, "pointerType": "mouse"})
	}
	mouse("mouseMoved", points[0], 0)
	mouse("mousePressed", points[0], 1)
	for i, to := range points[1:] {
		const steps = 8
		from := points[i]
		for k := 1; k <= steps; k++ {
			share := float64(k) / steps
			mouse("mouseMoved", Point{from.X + share*(to.X-from.X), from.Y + share*(to.Y-from.Y)}, 1)
		}
	}
	mouse("mouseReleased", points[len(points)-1], 0)
}

// Touch draws with a finger: it touches the first point, moves to the others, and lifts.
func (p *Page) Touch(points ...Point) {
	p.t.Helper()
	touch := func(kind string, at ...Point) {
		list := []map[string]float64{}
		for _, one := range at {
			list = append(list, map[string]float64{"x": one.X, "y": one.Y})
		}
		p.do("Input.dispatchTouchEvent", map[string]any{"type": kind, "touchPoints": list})
	}
	touch("touchStart", points[0])
	for i, to := range points[1:] {
		const steps = 8
		from := points[i]
		for k := 1; k <= steps; k++ {
			share := float64(k) / steps
			touch("touchMove", Point{from.X + share*(to.X-from.X), from.Y + share*(to.Y-from.Y)})
		}
	}
	touch("touchEnd")
}

// Press presses keys one after the other, named as KeyboardEvent.key names them: "ArrowLeft", "Tab", " ".
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46, "Backspace": 8}
	for _, key := range keys {
		event := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": codes[key]}
		if key == " " || key == "Enter" {
			event["text"] = map[string]string{" ": " ", "Enter": "\r"}[key]
		}
		p.do("Input.dispatchKeyEvent", event)
		event["type"] = "keyUp"
		delete(event, "text")
		p.do("Input.dispatchKeyEvent", event)
	}
}

// Files chooses files in an input element.
func (p *Page) Files(selector string, paths ...string) {
	p.t.Helper()
	var found struct{ Result struct{ ObjectID string } }
	if err := p.browser.call(p.session, "Runtime.evaluate", map[string]any{"expression": fmt.Sprintf("document.querySelector(%q)", selector)}, &found); err != nil {
		p.t.Fatal(err)
	}
	p.do("DOM.setFileInputFiles", map[string]any{"files": paths, "objectId": found.Result.ObjectID})
}
