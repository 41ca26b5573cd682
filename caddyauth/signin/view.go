package signin

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

	CSP     string // the Content-Security-Policy again, for a <meta>
	Style   string // address of the stylesheet
	Script  string // address of the script
	Icon    string // address of the page's icon
	Refresh int    // seconds until a page without input asks again; 0: never

	Messages []Message // of the whole page; the ones of a field are with it
	Form     *Form     // the step's own form; nil when there is none
	// Others are the other ways on, in Okta's order: links styled as buttons
	// that post ("Verify with something else", "Send again", "Back to sign in").
	Others []Form
	// Links go to other pages by GET.
	Links []Link

	RetryAfter int // seconds, for the header of that name; 0: none

	Reference string // what the user quotes to support on an error page
}

// Message is something Okta, or this product, tells the user.
type Message struct {
	Class string // "ERROR", "WARNING", "INFO" or "SUCCESS": the mark data-message
	Key   string // i18n key, or empty: the mark data-i18n
	Text  string
	Links []Link
}

// Form submits one remediation, or one choice of it.
type Form struct {
	Remediation string // the mark data-remediation
	Action      string // where it posts, always below the prefix
	Label       string // of the submit button
	Hint        string // a line under the button or choice (a masked address); may be empty
	Style       string // "primary", "choice" (one of a list), "secondary" or "link"
	Icon        string // of a choice: "email", "password", "phone", "key", "app"; may be empty
	Heading     string // above the first of several choices; may be empty
	Hidden      []Hidden
	Fields      []Field
}

// Hidden is an input that the user does not see.
type Hidden struct{ Name, Value string }

// Field is an input that the user fills in.
type Field struct {
	ID           string // unique in the page
	Name         string // the JSON path in the posted body, joined with "/"
	Label        string
	Type         string // "text", "email", "tel", "password", "checkbox", "select", "radio"
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
	Choices      []Choice  // of a select or radio
	Messages     []Message // about this field
}

// Choice is one value of a select or radio field.
type Choice struct {
	Value, Label string
	Selected     bool
}

// Link is an address that is followed by GET.
type Link struct{ URL, Label string }
