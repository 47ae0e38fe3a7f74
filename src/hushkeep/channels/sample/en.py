"""English conversations: problems by trade and the words around them."""

from hushkeep.channels.sample.phrases import Ask, Manner, Problem

PROBLEMS = (
    Problem(
        "bank",
        (
            "Hi, my card got declined at the grocery store and I know there's money in there",
            "There's a charge for ${amount} on my statement that I never made",
            "I think I've been locked out of my account, it won't take my password",
        ),
        (
            (
                "When did you last use the card?",
                ("Saturday evening I think", "This morning, for coffee", "Honestly no idea"),
            ),
            (
                "Is the card with you right now?",
                ("Yes it's right here", "It's in my wallet, hang on", "No, I left it at home"),
            ),
        ),
        (
            "I've lifted the block, so please give it another try in about ten minutes",
            "The ${amount} is in dispute now, your case number is {ticket}",
            "I've frozen the old card and a new one goes out today",
        ),
        ("name", "phone", "bank_card", "code"),
    ),
    Problem(
        "bank",
        (
            "Could you raise my credit limit before the holidays?",
            "I'd like to move my due date, I get paid on the fifteenth",
            "What do I owe this month? I deleted the text",
        ),
        (
            (
                "What limit did you have in mind?",
                ("Five thousand would do", "Whatever you can give me", "Maybe {amount} more"),
            ),
            (
                "Do you usually pay online?",
                ("Yeah, through the app", "Autopay from checking", "By check, I'm old school"),
            ),
        ),
        (
            "That's submitted and you'll hear from us by text",
            "Done, it starts with your next cycle",
            "You owe ${amount}, due {date}",
        ),
        ("bank_card", "name"),
    ),
    Problem(
        "telecom",
        (
            "My internet's been down since last night and the light on the box is blinking red",
            "Why did my bill go up by ${amount}? I didn't change anything",
            "I want a cheaper plan, I never use all that data",
        ),
        (
            (
                "Have you tried unplugging the router?",
                ("Three times already", "Yes, still nothing", "Which one is the router?"),
            ),
            (
                "Is the account in your name?",
                ("It's mine, yes", "It might be under my wife's name", "My landlord set it up"),
            ),
        ),
        (
            "A technician is booked, ticket {ticket}, they'll ring you before they come",
            "I've taken that add-on off and credited ${amount}",
            "The new plan starts on the first, nothing else changes",
        ),
        ("name", "phone", "address"),
    ),
    Problem(
        "telecom",
        (
            "I lost my phone on the train, please shut the line off right now",
            "The new SIM won't activate, it keeps saying verification failed",
            "I got a text saying my account will close. Is that you or a scam?",
        ),
        (
            ("When did you last have it?", ("About an hour ago", "Around noon, I think", "Last night at the bar, ugh")),
            ("Any other lines on the account?", ("My daughter's", "No, only this one", "There's a tablet, I think")),
        ),
        (
            "The line is suspended, nobody can use it",
            "I've pushed the activation again, restart in ten minutes",
            "That wasn't us, please don't tap the link",
        ),
        ("phone", "name", "code"),
    ),
    Problem(
        "shop",
        (
            "My {product} still hasn't shipped, it's been nine days. Order {order}",
            "The {product} came broken, the box looks like somebody sat on it",
            "Can I swap the {product} for another colour? Haven't opened it",
        ),
        (
            (
                "Could you send a photo?",
                ("Sure one sec", "[photo] see the corner", "I'm at work, can I do it tonight?"),
            ),
            (
                "Was the outer box damaged?",
                ("Outside was fine, inside not so much", "It was soaking wet", "Didn't look, sorry"),
            ),
        ),
        (
            "I've set up a replacement, it leaves the warehouse tomorrow",
            "Your refund of ${amount} is on its way, three business days",
            "A courier will pick it up on {date}, you pay nothing",
        ),
        ("order", "email", "address"),
        ("coffee grinder", "running shoes", "stroller", "air fryer", "headphones", "desk lamp", "backpack"),
    ),
    Problem(
        "shop",
        (
            "Tracking says delivered but there's nothing on my porch",
            "I typed the wrong address, can you still change it?",
            "I need an invoice for my company, could you mail me one",
        ),
        (
            (
                "Could a neighbor have it?",
                ("I asked both sides, nope", "Maybe, I'll check later", "We don't really talk"),
            ),
            (
                "What does the last scan say?",
                ("Out for delivery, two days ago", "Left with resident, but I was out", "It's just a bunch of codes"),
            ),
        ),
        (
            "I've opened a trace with the carrier, you'll hear by noon tomorrow",
            "The address is changed, thanks for catching it",
            "The invoice is in your inbox, check spam as well",
        ),
        ("order", "name", "phone", "address", "email"),
    ),
    Problem(
        "travel",
        (
            "I need to move my flight on {date} to something earlier",
            "You cancelled my flight and nobody told me, I'm standing at the airport",
            "The hotel booking has my name misspelled",
        ),
        (
            ("How many of you are travelling?", ("Just me", "Two adults and a toddler", "Me and my mom, same booking")),
            (
                "Would a later one the same day work?",
                ("No, I've got a dinner", "As long as I get there", "Does it cost more?"),
            ),
        ),
        (
            "You're rebooked at no charge, the text is on its way",
            "All ${amount} goes back to your card, about a week",
            "The hotel has fixed it, just show your ID",
        ),
        ("name", "phone", "email"),
    ),
    Problem(
        "insurance",
        (
            "I got rear-ended, nobody's hurt, what do I do now",
            "I sent my hospital papers a month ago and haven't heard a thing",
            "I want to add my son to the health plan",
        ),
        (
            (
                "Where did it happen?",
                (
                    "Right at the off-ramp",
                    "In the parking lot, there's a camera",
                    "Outside my house, can you believe it",
                ),
            ),
            ("Was that by mail or online?", ("I uploaded it, twice", "By mail", "My husband did it, let me ask")),
        ),
        (
            "Your claim number is {ticket}, an adjuster will call within the hour",
            "It's approved, ${amount} goes to the card on file",
            "The form is in your inbox, answer the health questions in full",
        ),
        ("name", "phone", "bank_card", "email"),
    ),
    Problem(
        "utility",
        (
            "My gas bill is ${amount}, it's usually half that. Something's off with the meter",
            "Power's been out for four hours and my freezer is melting",
            "How do I set up service? We just moved in",
        ),
        (
            (
                "Are your neighbors out too?",
                ("The whole block", "Just us, it seems", "I can see lights across the street"),
            ),
            (
                "Can you read me the meter?",
                ("It says zero zero three seven eight", "It's dark down there, hold on", "Which dial?"),
            ),
        ),
        (
            "Somebody will test the meter on {date}",
            "The crew is on site, two more hours at most",
            "Service starts {date}, welcome",
        ),
        ("name", "address", "phone"),
    ),
    Problem(
        "public",
        (
            "The streetlight in front of my house has been out for weeks",
            "I can't get into the benefits site, it says my account is disabled",
            "I'd like to know where my application is stuck",
        ),
        (
            ("How long has that been going on?", ("Two weeks now", "Since we moved in", "It started Monday")),
            (
                "Have you reported it before?",
                ("Called once, nothing happened", "First time", "I filled in some web form"),
            ),
        ),
        (
            "It's logged as {ticket}, somebody will look within five days",
            "I've reset it, please sign in with the new link",
            "It's with the second office now, they'll write by {date}",
        ),
        ("name", "phone", "address", "code"),
    ),
)

ASKS = {
    "phone": Ask(
        (
            "What's the phone number on the account?",
            "Can I get a callback number?",
            "And your phone number, please?",
            "Which number can we reach you at?",
        ),
        ("{value}", "It's {value}", "Sure, {value}", "{value}, that's my cell", "ok so {value}"),
        ("So that's {value}, right?", "Got it, ending in {tail}", "Thank you", "Perfect, found you"),
        ("Uh-huh", "Okay", "Mm-hm, go on", "And the rest?"),
    ),
    "bank_card": Ask(
        (
            "Could you read me the card number?",
            "What's the long number on the front?",
            "I'll need the full card number, please",
            "Which card is it? Number please",
        ),
        ("{value}", "It's {value}", "Okay here goes, {value}", "{value}"),
        ("Thanks, I see the one ending in {tail}", "Thank you, one moment", "Got it"),
        ("Okay", "Uh-huh", "Go ahead", "Yep, next"),
    ),
    "code": Ask(
        (
            "I've just texted you a code, could you read it back?",
            "What's the six-digit code you got?",
            "Please tell me the verification code we sent",
            "You should have a one-time code now, what is it?",
        ),
        ("{value}", "It says {value}", "ok code is {value}", "Hang on... {value}"),
        ("Thanks, you're verified", "That worked", "Perfect, we're in"),
    ),
    "address": Ask(
        (
            "And the address?",
            "Where should we send it?",
            "Can you confirm your street address?",
            "What's the service address?",
        ),
        ("{value}", "It's {value}", "Send it to {value}", "{value}, blue door"),
        ("Got it", "{value}, correct?", "Okay, noted"),
    ),
    "email": Ask(
        (
            "What email should I use?",
            "And your email address?",
            "Where do we mail the confirmation?",
            "Can I have the email on file?",
        ),
        ("{value}", "It's {value}", "{value} please", "My email's {value}"),
        ("Sent", "Thanks, {value}", "Okay, it's on its way"),
    ),
    "name": Ask(
        (
            "Who am I speaking with?",
            "Can I have your full name?",
            "What name is on the account?",
            "And your name, please?",
        ),
        ("{value}", "This is {value}", "My name is {value}", "It's {value}"),
        ("Thank you, {value}", "Thanks", "Nice to meet you", "Great"),
    ),
    "order": Ask(
        (
            "What's the order number?",
            "Do you have the order number handy?",
            "Which order is this about?",
            "Order number, please?",
        ),
        ("{value}", "It's {value}", "order {value}", "{value}, there were two things in it"),
        ("Found it", "Okay, looking at it now", "Thanks, one sec"),
    ),
}

MANNER = Manner(
    problems=PROBLEMS,
    asks=ASKS,
    greet_chat=(
        "Hi, this is {agent}, how can I help?",
        "Hello! What can I do for you today?",
        "Thanks for waiting, {agent} here",
    ),
    greet_call=(
        "Thank you for calling, my name is agent {agent}, how can I help you",
        "Good day, customer care, what can I do for you",
    ),
    hello=("hi", "hello?", "anyone there", "Hi there", "agent please", "I need to talk to a person"),
    sorry=(
        "I'm so sorry about that, let me take a look",
        "Oh no, let's get that fixed",
        "I understand, that's frustrating",
        "Okay, I can help with that",
    ),
    why_verify=(
        "I just need to verify a few things first",
        "For your security I have to check who I'm talking to",
        "Let me pull up your account",
    ),
    reluctant=(
        ("Didn't I already give you that?", "I know, I'm sorry, we have to ask on every call"),
        ("Do I have to say it out loud? I'm on a bus", "You can also call back when it's quieter"),
        ("You're not going to sell this, are you?", "No, it's only used for this request"),
    ),
    wait=(
        "One moment please",
        "Let me check that for you",
        "Bear with me, the system is slow today",
        "Give me a second",
    ),
    waited=("sure", "ok", "no rush", "still there?", "mhm"),
    interrupt=(
        ("Sorry, someone's at the door", "No problem, take your time", "Okay I'm back"),
        ("Hello? You're breaking up", "I can hear you, go ahead", "Okay that's better"),
        ("Wait no, that's wrong, I misread it", "That's fine, start over", "Okay let me start again"),
        ("Sorry, the kids are screaming", "I've got two myself, no worries", "Alright, go on"),
    ),
    more=(
        ("How long is that going to take?", "Usually two to three business days"),
        ("Is there a fee?", "No, there's no charge for that"),
        ("Will you let me know?", "Yes, you'll get a text"),
        ("And if it still doesn't work?", "Just call and give them {ticket}, you won't have to explain it all again"),
        ("Who am I talking to again?", "This is agent {agent}"),
    ),
    thanks=(
        "Thanks so much",
        "great, thank you",
        "ok thx",
        "You've been very helpful",
        "Alright, that's all",
        "cool thanks!",
    ),
    bye=("You're welcome, have a great day", "Thanks for calling, take care", "Anytime! Bye now", "Happy to help"),
    late=("Oh, one more thing", "Actually, wait", "Before I forget"),
    survey=("You may get a short survey, we'd love to hear from you", "Please rate this chat if you have a second :)"),
    mail_open=(
        "Hello,\n\n{opening}.",
        "To whom it may concern,\n\n{opening}. I have called twice already.",
        "Hi team,\n\n{opening}.",
    ),
    mail_close=("Thanks,\n{name}", "Regards,\n{name}", "Looking forward to your answer.\n\n{name}"),
    mail_reply=(
        "Dear {name},\n\nThank you for writing. {remedy}.\n\nYour reference is {ticket}.\n\nAgent {agent}",
        "Hello,\n\n{sorry}. {remedy}.\n\nKind regards\nAgent {agent}",
    ),
    contact_line=(
        "You can reach me at {phone}.",
        "My cell is {phone}, mornings are best.",
        "Call {phone} or write to {email}.",
        "Ship it to {address}, phone {phone}.",
    ),
)
