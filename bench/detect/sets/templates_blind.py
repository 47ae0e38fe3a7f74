# ruff: noqa: E501 - a template or table row a line
"""Templates written last and measured once: the figure nobody could tune to."""

ZH = [
    "A:您好请讲\nC:喂你好，我办的那个套餐有问题，我号是{phone|spoken,filled,written}\nA:机主是您本人吗\nC:不是，机主是我爱人{person}，她身份证我背给你，{id_card|spoken,filled}",
    "C:退款退到这张卡吧 {bank_card|written,grouped,full}\nA:收到，户名是？\nC:{person}\nA:开户行预留电话\nC:{phone|written,grouped}",
    "A:为了安全，请您报一下收到的六位数\nC:{secret|spoken,written,one}\nA:谢谢，核验通过",
    "A:身份证前六位？\nC:{id_card#1|spoken,written}\nA:中间八位\nC:{id_card#2|spoken,written}\nA:最后四位\nC:{id_card#3|spoken,written}",
    "A:您把联系电话说一下，我记一下\nC:好，{phone#1|spoken}\nA:{phone#1|written}\nC:{phone#2|spoken}\nA:{phone#2|written}，好\nC:{phone#3|spoken}",
    "C:【客户留言】姓名：{person}；手机：{phone|written}；诉求：订单{~order}未退款{~amount}元",
    "C:麻烦寄到{address}，{person}，{phone|written,full}，不要放驿站\nA:好的，快递单号{~tracking}",
    "A:请问怎么称呼？\nC:{person}\nA:好的，您要投诉的车牌是？\nC:{plate|written,spoken}",
    "C:我要报案，被骗了，对方让我提供卡号{bank_card|written,spoken}和后面的三位数{cvv|written,spoken}，我都说了\nA:请马上冻结",
    "C:邮箱帐号{email|written,full}密码{password}，怎么老是登不上\nA:请不要发送密码",
    "A:请问您的生日和证件有效期\nC:生日{dob|written,spoken}\nA:好",
    "C:这台机器的IMEI {~imei}，下单时间{~day}，你们热线{~hotline}一直占线\nA:抱歉久等",
    "C:给我开票，抬头某某公司，税号{uscc|written}\nA:好的，发票号{~order}",
    "C:QQ {qq|written}，微信也行，{wechat|written}\nA:加您了",
    "C:两个号码，一个{phone|written}，一个是我家的{landline|written}\nA:明白",
]
EN = [
    "A:Hi there, can I start with your name?\nC:uh it's {person}\nA:thanks, and the phone number on the account\nC:{phone|spoken,filled,written}",
    "A:For verification I'll need your date of birth and social\nC:sure, {dob|written,spoken}, and the social is {ssn|written,spoken}\nA:perfect",
    "C:charge it to {bank_card|spoken,grouped,half}, expires {card_expiry|written}, code on the back is {cvv|written,spoken}\nA:done, your confirmation number is {~ticket}",
    "A:card number whenever you're ready\nC:{bank_card#1|spoken}\nA:yep\nC:{bank_card#2|spoken,written}\nA:yep\nC:{bank_card#3|spoken}\nA:and the last bit\nC:{bank_card#4|spoken,written}",
    "A:what number can we call you back on?\nC:{phone#1|spoken}\nA:okay\nC:{phone#2|spoken}\nA:okay\nC:{phone#3|spoken}\nA:got it",
    "C:From: {person}\nSubject: refund for order {~order}\nPlease reach me at {email|written} or {phone|grouped}. My address is {address}.\nA:We have received your request {~ticket}",
    "A:read me the six digit code from your phone\nC:{secret|spoken,written,one}\nA:thanks",
    "C:the wifi password you set is {password} right?\nA:please change it after setup",
    "A:Can you confirm the mailing address?\nC:yeah {address}\nA:great, package {~tracking} will arrive {~day}",
    "C:you guys overcharged me {~amount} on invoice {~order}, the person at {~hotline} was no help\nA:I'm sorry to hear that",
    "C:wire it to {iban|written,grouped}, account holder {person}\nA:sent, reference number {~ticket}",
    "A:Passport number please?\nC:{passport|written}\nA:And your email?\nC:{email|spoken,written}",
    "C:hey its {person} again, still no refund for case number {~ticket}\nA:let me look",
    "A:your SSN?\nC:{ssn#1|spoken,written}\nA:ok\nC:{ssn#2|spoken,written}\nA:ok\nC:{ssn#3|spoken,written}",
    "C:serial number {~ticket}, imei {~imei}, bought for {~amount}\nA:thanks",
]
