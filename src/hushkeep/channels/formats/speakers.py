"""Words for who speaks, as exports write them, and ours."""

_WORDS = {
    "customer": (
        "customer client caller user buyer visitor guest consumer member patient contact enduser end-user requester "
        "客户 用户 顾客 访客 买家 客人 会员 来电人 主叫 消费者 投保人 患者 客戶 用戶 顧客 訪客 買家"
    ),
    "agent": (
        "agent operator rep representative advisor adviser seller staff support csr assistant employee host seat "
        "客服 坐席 座席 人工 人工客服 在线客服 接线员 卖家 商家 员工 顾问 专员 客服人员 賣家 座席員 專員"
    ),
    "bot": "bot robot chatbot ivr virtual ai 机器人 智能客服 智能助手 自动回复 機器人",
    "system": "system notice event info 系统 系统消息 系统提示 通知 系統",
}

SPEAKERS: dict[str, str] = {word: ours for ours, words in _WORDS.items() for word in words.split()}
"""A source's word for a speaker, lower case -> customer, agent, bot or system."""
