package signin

import "strconv"

// samplePage is a page with something different in every place that a template
// may show: what a theme's templates are tried with before anybody sees them.
func samplePage(prefix, name string) *Page {
	n := 0
	say := func(what string) string {
		n++
		return what + " " + strconv.Itoa(n) + "."
	}
	message := func(class string) Message {
		return Message{Class: class, Key: "sample." + class, Text: say("Message"), Links: []Link{{"https://help.example.com/", say("Help")}}}
	}
	field := func(kind, autocomplete string, messages ...Message) Field {
		n++
		return Field{
			ID: "field-" + strconv.Itoa(n), Name: "sample/" + kind, Label: say("Field"), Type: kind, Value: say("value"),
			Autocomplete: autocomplete, InputMode: "numeric", Pattern: ".*", MinLength: 1, MaxLength: 99, Required: true, Hint: say("Hint"),
			Choices: []Choice{{"a", say("Choice"), true}, {"b", say("Choice"), false}}, Messages: messages,
		}
	}
	form := func(remediation, style string, fields ...Field) Form {
		return Form{
			Remediation: remediation, Action: prefix + "signin/" + remediation, Label: say("Button"), Hint: say("Hint"),
			Style: style, Icon: "email", Heading: say("Heading"), Fields: fields,
			Hidden: []Hidden{{tokenInput, say("token")}, {ReturnInput, "/deep?q=1"}, {"sample/hidden", say("hidden")}},
		}
	}
	p := &Page{
		Template: name, Lang: "en", Dir: "ltr", Title: say("Title"), Lead: say("Lead"), App: say("App"), User: say("User"),
		Refresh: 4, Mark: "mark", Reference: say("Reference"), Links: []Link{{"/help", say("Link")}},
	}
	if name == "frame" {
		return p
	}
	main := form("sample", "primary",
		field("text", "username", message("ERROR"), message("INFO")), field("email", "email"), field("tel", "tel"),
		field("password", "current-password", message("ERROR")), field("checkbox", ""), field("select", ""), field("radio", ""))
	main.Fixed = []Field{{ID: "field-0", Label: say("Fixed"), Type: "text", Value: say("value")}}
	choices := form("sample-buttons", "secondary")
	choices.Buttons = []Button{
		{Name: "sample/button", Value: "a", Label: say("Button"), Hint: say("Hint"), Icon: "phone"}, {Name: "sample/button", Value: "b", Label: say("Button")},
	}
	poll := form("sample-poll", "secondary")
	poll.Poll = 4000
	task := form("sample-task", "primary")
	task.Task = &Task{Kind: "webauthn", Data: `{"sample":true}`, Inputs: []string{"sample/task"}, Refused: say("Refused"), Failed: say("Failed"), Without: say("Without")}
	p.Form = &main
	p.Others = []Form{
		form("sample-choice", "choice"), form("sample-choice", "choice"), choices, poll, task, form("sample-link", "link"),
		{Remediation: "sample-exit", Exit: true, Action: prefix + LeavePath + "sample-exit", Label: say("Exit"), Style: "secondary"},
		{Remediation: "sample-explanation", Explanation: say("Explanation"), Style: "secondary"},
		form("cancel", "link"),
	}
	p.Messages = []Message{message("ERROR"), message("WARNING"), message("INFO"), message("SUCCESS")}
	about := message("WARNING")
	step := message("INFO")
	p.Parts = []Part{{Kind: "option", Message: &about, Items: []Item{{Message: &step}}}}
	for _, kind := range []string{"qr", "secret", "number", "code", "question", "rules", "scopes", "facts", "note"} {
		part := Part{Kind: kind, Title: say("Part"), Text: say("Text")}
		switch kind {
		case "qr":
			part.Image, part.Alt = "data:image/png;base64,c2FtcGxl", say("Picture")
		case "rules", "scopes", "facts":
			part.Items = []Item{{Term: say("Term"), Text: say("Item")}, {Text: say("Item")}}
		}
		p.Parts = append(p.Parts, part)
	}
	return p
}
