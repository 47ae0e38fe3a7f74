"""What an agent must not ask for, in many wordings; and the warnings, forms and other codes that may go."""

import pytest

from hushkeep import detect

ASKS = {
    "secret": (
        "Can you read me the code we just sent?",
        "What's the 6-digit code on your phone?",
        "whats ur password",
        "just drop the otp here",
        "And the code?",
        "what code did you get?",
        "could you paste the code into the chat",
        "what's the answer to your security question",
        "tell me the numbers you got by SMS",
        "麻烦把收到的验证码发我一下",
        "您收到的6位数字念一下",
        "收到码了吗？报给我",
        "请您输入密码后告诉我",
        "网银密码发一下",
        "请把您的密保答案告诉我",
        "验证码呢？",
    ),
    "cvv": (
        "And the three digits on the back?",
        "what are the last three digits on the signature strip",
        "can you read the code on the back of your card",
        "卡后面那三个数字发我",
        "麻烦念一下签名栏后三位",
    ),
    "bank_card": (
        "please read me the sixteen digits",
        "can I have the long number across the front of your card",
        "send me a photo of your card",
        "Could you give me your credit card details?",
        "把银行卡正面拍照发我",
        "16位卡号是多少",
        "请把卡面上的数字告诉我",
    ),
}


@pytest.mark.parametrize(("entity", "text"), [(entity, text) for entity, texts in ASKS.items() for text in texts])
def test_a_text_that_asks_is_recognised_with_its_card(entity, text):
    asks = {ask.entity: ask for ask in detect.check_outgoing(text)}
    assert entity in asks
    assert 0 <= asks[entity].start < asks[entity].end <= len(text)
    assert asks[entity].why_zh
    assert asks[entity].why_en


@pytest.mark.parametrize(
    "text",
    [
        "Never share your code with anyone.",
        "No one from our bank will ask you for the OTP",
        "I've sent you a verification code; please enter it on the page.",
        "Enter your PIN on the keypad when you hear the tone.",
        "The last four digits of your card, please?",
        "What's the error code on the screen?",
        "What's your postal code?",
        "May I have the confirmation number?",
        "Please type the card number only on the secure payment page",
        "The code expires in five minutes",
        "客服不会问您要验证码的",
        "任何索要验证码的都是诈骗",
        "请在页面输入验证码",
        "您收到验证码了吗？收到后请自行在页面填写",
        "您的手机号码是多少",
        "身份证号码发我一下",
        "会员卡号是多少",
        "请核对卡号尾号",
        "取件码是多少",
        "",
    ],
)
def test_a_warning_a_form_or_another_number_may_go(text):
    assert detect.check_outgoing(text) == []


def test_a_long_text_is_checked_in_proportion():
    assert detect.check_outgoing("请" * 200_000 + "验证码是多少") != []
