package signin

import "html/template"

// Page is everything a template may show: one view model for every page, so
// that a template that an operator overrides needs to know one type only.
// All strings are plain text; html/template escapes them.
type Page struct {
	// Template is the file name without ".html": "step" for a remediation,
	// "message" for a page that only says something (terminal answers, errors),
	// "signout" for the confirmation, "frame" for the tiny page inside a frame.
	Template string
	// Status is the HTTP status that the page is sent with.
	Status int

	Lang string // BCP 47 tag of the page's own words. Default: "en"
	Dir  string // "ltr" or "rtl". Default: "ltr"

	Title string // the heading and the document's title
	Lead  string // one sentence under the heading; may be empty
	App   string // the application the user is on the way to; may be empty
	User  string // who is signing in, as Okta names them; may be empty

	CSP   string // the Content-Security-Policy again, for a <meta>
	Style string // address of the stylesheet
	// Scripts are the addresses of the scripts: the one of every page, and
	// those of the page's tasks.
	Scripts []string
	Icon    string // address of the page's icon
	Theme   string // address of the operator's stylesheet; empty without one
	Logo    string // address of the operator's logo; empty without one

	// Refresh is how many seconds a page without input, and without script,
	// waits until it asks again; 0: never.
	Refresh int
	// Mark changes with what there is to see: a page that polls compares it.
	Mark string
	// Generic names the remediation that is shown from its fields alone, because
	// there is no page of its own for it; empty otherwise.
	Generic string

	Messages []Message // of the whole page; the ones of a field are with it
	// Parts are what the step shows beside its forms: a QR code, the number to
	// match, the rules of a password.
	Parts []Part
	Form  *Form // the step's own form; nil when there is none
	// Others are the other ways on, in Okta's order ("Verify with something
	// else", "Send again", "Back to sign in").
	Others []Form
	// Links go to other pages by GET.
	Links []Link

	RetryAfter int // seconds, for the header of that name; 0: none

	Reference string // what the user quotes to support on an error page

	stuck bool    // no way leads on from here but a new beginning
	why   []error // of that, for the log
	// warnings are what the operator could put right, while the user goes on in
	// another way.
	warnings []error
}

// Message is something Okta, or this product, tells the user.
type Message struct {
	Class string // "ERROR", "WARNING", "INFO" or "SUCCESS": the mark data-message
	Key   string // i18n key, or empty: the mark data-i18n
	Text  string
	Href  string // where the text leads; may be empty
	Links []Link
}

// Part is something to look at. A template may know its Kind, or show Title,
// Message, Image, Text and Items one below the other, whatever it is.
type Part struct {
	// Kind is "qr", "secret" (a key to type into an app), "number" (to match on
	// another device), "code" (to type in another window), "question", "rules"
	// (of a password), "scopes", "facts", "option" (a way to mend something, its
	// items are steps) or "note".
	Kind    string
	Title   string
	Message *Message // a title that is Okta's
	// Image is a data: URI of a picture, Alt says what it shows.
	Image template.URL
	Alt   string
	Text  string
	Items []Item
}

// Item is one line of a Part.
type Item struct {
	Term string // what the line is about; may be empty
	Text string
	// Message makes the line one of Okta's: its marks and links.
	Message *Message
	// Rule is what a script checks while a password is typed, as JSON (see
	// [Rule]); empty where it cannot.
	Rule string
}

// Button submits its form with a value of its own.
type Button struct {
	Name, Value string
	Label       string
	Hint        string // a line under it; may be empty
	Icon        string // as in Form
}

// Form submits one remediation, or one choice of it; or it is a way on that is
// no form: an exit to another site, or the reason why there is none here.
type Form struct {
	Remediation string // the mark data-remediation
	Action      string // where it posts, always below the prefix
	// Exit says that the browser leaves by GET of Action: a link.
	Exit bool
	// Explanation stands in place of a form that cannot be submitted from this
	// page, and says why; empty otherwise.
	Explanation string
	// Poll is after how many milliseconds a script submits the form by itself,
	// to see whether what happens elsewhere has happened; 0: never.
	Poll int

	// Silent says that a script submits it by itself, and another form has the
	// button for the same.
	Silent bool
	// Task is what a script does before it is submitted; nil: nothing.
	Task *Task

	Label   string // of the submit button
	Hint    string // a line under the button or choice (a masked address); may be empty
	Style   string // "primary", "choice" (one of a list), "secondary" or "link"
	Icon    string // of a choice: "email", "password", "phone", "key", "app"; may be empty
	Heading string // above the first of several choices; may be empty
	Hidden  []Hidden
	Fields  []Field
	// Fixed are values that are part of the form and cannot be changed.
	Fixed []Field
	// Buttons stand in place of the submit button: each is a choice.
	Buttons []Button
}

// Hidden is an input that the user does not see.
type Hidden struct{ Name, Value string }

// Field is an input that the user fills in.
type Field struct {
	ID           string // unique in the page
	Name         string // the JSON path in the posted body, joined with "/"
	Label        string
	Type         string // "text", "email", "tel", "password", "checkbox", "select", "radio", "checkboxes" (any number of Choices)
	Value        string // never the value of a secret field
	Checked      bool
	Autocomplete string // "username", "current-password", "one-time-code", ...
	InputMode    string // "numeric", "email", "tel" or empty
	Pattern      string
	MinLength    int // 0: none
	MaxLength    int // 0: none
	Required     bool
	Autofocus    bool
	Hint         string
	Choices      []Choice  // of a select, radio or checkboxes
	Messages     []Message // about this field
}

// Choice is one value of a select or radio field.
type Choice struct {
	Value, Label string
	Selected     bool
}

// Link is an address that is followed by GET.
type Link struct{ URL, Label string }
